// What the operator should know about the appliance itself, one line at a time; the next comes when it is put away.

import { Info, type LucideProps, TriangleAlert, X } from "lucide-preact";
import type { ComponentType } from "preact";
import { number, t } from "../i18n/index.ts";
import type { Notice } from "../notices/notices.ts";
import { dismiss, notices } from "../notices/watch.ts";
import { linkTo } from "../settings/place.ts";
import { Icon } from "./icon.tsx";

export function Notices() {
  const all = notices.value;
  const notice = all[0];
  return (
    <aside class={notice ? `notices ${notice.tone}` : "notices"} aria-label={t("notice.label")} data-testid="notices" data-id={notice?.id ?? "none"}>
      <p class="notices-text" role="status">
        {notice && <Icon of={iconOf(notice)} />}
        <span data-testid="notices-text">{notice ? t(notice.text, notice.values) : ""}</span>
      </p>
      {notice && (
        <>
          {notice.section && (
            <a class="notices-link" href={linkTo(notice.section)} data-testid="notices-show">
              {t("notice.show")}
            </a>
          )}
          {all.length > 1 && <More count={all.length - 1} />}
          <button
            type="button"
            class="bar-button icon-only"
            aria-label={t("notice.dismiss")}
            title={t("notice.dismiss")}
            data-testid="notices-dismiss"
            onClick={() => dismiss(notice)}
          >
            <Icon of={X} />
          </button>
        </>
      )}
    </aside>
  );
}

function More({ count }: { readonly count: number }) {
  const text = t("notice.more", { count: number(count) });
  return (
    <span class="notices-more" title={text}>
      <span class="wide-only">{text}</span>
      <span class="narrow-only" aria-hidden="true">
        {`+${number(count)}`}
      </span>
    </span>
  );
}

export function iconOf({ tone }: Notice): ComponentType<LucideProps> {
  return tone === "calm" ? Info : TriangleAlert;
}
