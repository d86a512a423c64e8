// The audit log: who did what and when, and a warning when somebody changed it.

import { TriangleAlert } from "lucide-preact";
import { useEffect, useMemo } from "preact/hooks";
import { AuditLog } from "../../access/audit.ts";
import { auditApi, type Entry, EXPORT } from "../../api/audit.ts";
import { device } from "../../device.ts";
import { isKey, number, t } from "../../i18n/index.ts";
import { Icon } from "../../parts/icon.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { exactMoment } from "./units.ts";

export function AuditSection() {
  const log = useMemo(() => new AuditLog(auditApi, textOf), []);
  useEffect(() => void log.load(), []);
  const entries = log.entries.value;
  const name = device.value?.name ?? "farseat";
  return (
    <>
      <p class="lead">{t("audit.lead")}</p>
      <Broken log={log} />
      <TroubleLine trouble={log.trouble.value} testId="audit-error" />
      <div class="trial-actions">
        <button type="button" class="button" disabled={log.busy.value} data-testid="audit-refresh" onClick={() => void log.load()}>
          {t("audit.refresh")}
        </button>
        <a class="button" href={EXPORT} download={`${name}-audit.jsonl`} data-testid="audit-export">
          {t("audit.export")}
        </a>
      </div>
      {entries && entries.length > 0 && <Found log={log} />}
      {entries?.length === 0 && <p class="section-note">{t("audit.empty")}</p>}
      {log.more.value && (
        <div class="trial-actions">
          <button type="button" class="button" disabled={log.busy.value} data-testid="audit-older" onClick={() => void log.older()}>
            {t("audit.older")}
          </button>
        </div>
      )}
    </>
  );
}

function Broken({ log }: { readonly log: AuditLog }) {
  const at = log.brokenAt.value;
  if (at === null) return null;
  return (
    <div class="alarm" role="alert" data-testid="audit-broken">
      <Icon of={TriangleAlert} />
      <p>{at === "somewhere" ? t("audit.broken.somewhere") : t("audit.broken", { number: number(at) })}</p>
    </div>
  );
}

function Found({ log }: { readonly log: AuditLog }) {
  const found = log.found.value;
  return (
    <>
      <input
        type="search"
        class="search"
        aria-label={t("audit.filter")}
        placeholder={t("audit.filter")}
        autocomplete="off"
        spellcheck={false}
        value={log.query.value}
        data-testid="audit-filter"
        onInput={(event) => (log.query.value = event.currentTarget.value)}
      />
      <p class="section-note" role="status" data-testid="audit-count">
        {found.length > 0 ? t("audit.count", { shown: number(found.length), total: number(log.total.value) }) : t("audit.nothing")}
      </p>
      <ol class="audit" reversed>
        {found.map((entry) => (
          <AuditEntry key={entry.number} entry={entry} />
        ))}
      </ol>
    </>
  );
}

function AuditEntry({ entry }: { readonly entry: Entry }) {
  const { number: place, time, who, address, detail } = entry;
  return (
    <li data-testid="audit-entry" data-what={entry.what} data-number={place}>
      <span class="audit-time">{timeOf(time)}</span>
      <span class="audit-what">{whatOf(entry.what)}</span>
      <span class="audit-who">{[who, address].filter(Boolean).join(" · ")}</span>
      {detail && <span class="audit-detail">{detail}</span>}
    </li>
  );
}

function timeOf(seconds: number | null): string {
  return seconds === null ? t("audit.untimed") : exactMoment(seconds);
}

/** A newer appliance may name what this page has no words for. */
function whatOf(what: string): string {
  const key = `audit.what.${what}`;
  return isKey(key) ? t(key) : what;
}

function textOf(entry: Entry): string {
  const { what, who, address, detail, time } = entry;
  return [whatOf(what), what, who, address, detail, timeOf(time)].join(" ");
}
