// The paste dialog: a text, the target's layout, what of the text cannot be typed, and how far it is.

import "../../style/access.css";
import "../../style/paste.css";
import { useEffect, useId, useMemo } from "preact/hooks";
import { pasteApi, type Progress } from "../../api/paste.ts";
import type { Session } from "../../console/session.ts";
import texts from "../../i18n/en.paste.json";
import { isKey, type Key, learn, number, t, tCount } from "../../i18n/index.ts";
import { Modal } from "../../parts/modal.tsx";
import { Select } from "../../parts/select.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { DELAYS, type LineEnd, PasteDesk, UNKNOWN } from "../../paste/desk.ts";
import { excerpt, nameOf, type Run, visible } from "../../paste/mark.ts";
import { layoutMemory } from "../../preferences.ts";

learn(texts);

/** Characters that cannot be typed, shown with what is around them. */
const MARKS = 40;
/** Different characters that can have a way of their own. */
const LISTED = 50;
/** Bytes of a request, less what is around the text. */
const LONGEST = 60_000;

const LINE_ENDS: readonly LineEnd[] = ["enter", "shift_enter"];

interface Props {
  readonly session: Session;
}

export function Paste({ session }: Props) {
  const desk = useMemo(() => new PasteDesk(pasteApi, layoutMemory), []);
  useEffect(() => {
    void desk.open();
    return () => desk.close();
  }, []);
  return (
    <Modal title={t("paste.title")} testId="paste" look="paste" onClose={() => session.openDialog("none")}>
      <Form desk={desk} session={session} />
      <How desk={desk} />
    </Modal>
  );
}

function Form({ desk, session }: { readonly desk: PasteDesk; readonly session: Session }) {
  const { unknown, known } = desk.marked.value;
  const long = new TextEncoder().encode(desk.text.value).length > LONGEST;
  const nothing = !desk.something.value;
  const lease = session.control.lease.value;
  const seat = lease?.you ? (lease.controller?.seat ?? null) : null;
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void desk.begin(seat);
      }}
    >
      <Text desk={desk} long={long} />
      <Layout desk={desk} />
      {unknown > 0 && <Missing desk={desk} />}
      <More desk={desk} />
      {lease && !lease.you && lease.controller ? (
        <p class="field-note" data-testid="paste-not-in-control">
          {t("paste.notInControl", { name: lease.controller.name })}{" "}
          <button type="button" class="button" data-testid="paste-take" onClick={() => session.control.takeControl()}>
            {t("lease.take")}
          </button>
        </p>
      ) : (
        !desk.typing.value && (
          <button class="button primary" disabled={desk.busy.value || long || nothing} data-testid="paste-begin">
            {nothing ? t("paste.begin") : tCount("paste.beginCount", known)}
          </button>
        )
      )}
      <TroubleLine trouble={desk.trouble.value} testId="paste-trouble" />
    </form>
  );
}

function Text({ desk, long }: { readonly desk: PasteDesk; readonly long: boolean }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t("paste.text")}</label>
      <textarea
        id={id}
        class={desk.hidden.value ? "code hidden-text" : "code"}
        rows={6}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        autofocus
        value={desk.text.value}
        readOnly={desk.typing.value}
        aria-invalid={long ? true : undefined}
        aria-describedby={long ? `${id}-note` : undefined}
        data-testid="paste-text"
        onInput={(event) => (desk.text.value = event.currentTarget.value)}
      />
      {long && (
        <div id={`${id}-note`} class="field-note error">
          {t("paste.long")}
        </div>
      )}
      <label class="tick">
        <input
          type="checkbox"
          data-testid="paste-hide"
          checked={desk.hidden.value}
          onChange={(event) => (desk.hidden.value = event.currentTarget.checked)}
        />
        <span>{t("paste.hide")}</span>
      </label>
    </div>
  );
}

function Layout({ desk }: { readonly desk: PasteDesk }) {
  const titles = new Map(desk.layouts.value.map(({ id, title }) => [id, title]));
  return (
    <div>
      <Select
        label={t("paste.layout")}
        values={[...titles.keys()]}
        value={desk.layout.value}
        text={(id) => titles.get(id) ?? id}
        testId="paste-layout"
        onChoose={(id) => void desk.choose(id)}
      />
      <p class="field-note">{t("paste.layout.note")}</p>
    </div>
  );
}

/** What the layout does not have, before anything is sent. */
function Missing({ desk }: { readonly desk: PasteDesk }) {
  const { runs, unknown } = desk.marked.value;
  return (
    <div class="missing" role="status" data-testid="paste-missing">
      <p>{tCount("paste.missing", unknown)}</p>
      {!desk.hidden.value && (
        <p class="missing-text" data-testid="paste-marks">
          {excerpt(runs, MARKS).map((run, index) => (
            <Shown key={index} run={run} />
          ))}
        </p>
      )}
      <Select
        label={t("paste.unknown")}
        values={UNKNOWN}
        value={desk.unknown.value}
        text={(value) => t(`paste.unknown.${value}`)}
        testId="paste-unknown"
        onChoose={(value) => (desk.unknown.value = value)}
      />
      {desk.unknown.value !== "skip" && (
        <p class="field-note" data-testid="paste-unknown-note">
          {t(`paste.unknown.${desk.unknown.value}.note`)}
        </p>
      )}
      {!desk.hidden.value && <Each desk={desk} />}
    </div>
  );
}

/** A way of its own for each character. */
function Each({ desk }: { readonly desk: PasteDesk }) {
  const { each } = desk.marked.value;
  const shown = [...each].slice(0, LISTED);
  return (
    <details class="more">
      <summary data-testid="paste-each">{t("paste.each")}</summary>
      <ul class="each" aria-label={t("paste.each")}>
        {shown.map(([character, count]) => (
          <OwnWay key={character} desk={desk} character={character} count={count} />
        ))}
      </ul>
      {each.size > LISTED && <p class="field-note">{tCount("paste.each.more", each.size - LISTED)}</p>}
    </details>
  );
}

const AS_OTHERS = "others";

function OwnWay({ desk, character, count }: { readonly desk: PasteDesk; readonly character: string; readonly count: number }) {
  const way = desk.ways.value.get(character) ?? AS_OTHERS;
  const name = nameOf(character);
  return (
    <li>
      <span>
        <mark>{visible(character)}</mark> <span class="each-name">{t("paste.each.name", { name, count: number(count) })}</span>
      </span>
      <select
        class="select"
        aria-label={t("paste.each.way", { character: visible(character), name })}
        data-testid={`paste-way-${name}`}
        value={way}
        onChange={(event) => desk.go(character, UNKNOWN.find((way) => way === event.currentTarget.value) ?? null)}
      >
        <option value={AS_OTHERS}>{t("paste.each.others")}</option>
        {UNKNOWN.map((way) => (
          <option key={way} value={way}>
            {t(`paste.each.${way}`)}
          </option>
        ))}
      </select>
    </li>
  );
}

function Shown({ run }: { readonly run: Run }) {
  return run.known ? <span>{run.text}</span> : <mark>{run.text}</mark>;
}

function More({ desk }: { readonly desk: PasteDesk }) {
  return (
    <details class="more">
      <summary data-testid="paste-more">{t("paste.more")}</summary>
      <div class="more-fields">
        <Select
          label={t("paste.lineEnd")}
          values={LINE_ENDS}
          value={desk.lineEnd.value}
          text={(value) => t(`paste.lineEnd.${value}`)}
          testId="paste-line-end"
          onChoose={(value) => (desk.lineEnd.value = value)}
        />
        <Select
          label={t("paste.delay")}
          values={DELAYS}
          value={desk.delay.value}
          text={(value) => (value === "0" ? t("paste.delay.none") : t("paste.delay.ms", { ms: value }))}
          testId="paste-delay"
          onChoose={(value) => (desk.delay.value = value)}
        />
      </div>
    </details>
  );
}

function How({ desk }: { readonly desk: PasteDesk }) {
  const progress = desk.progress.value;
  return (
    <div class="how" data-testid="paste-how" data-phase={progress?.phase ?? "none"}>
      {progress && (
        <>
          <progress max={Math.max(1, progress.total)} value={progress.typed} aria-label={t("paste.progress")} data-testid="paste-progress" />
          <p role="status" data-testid="paste-state">
            {stateOf(progress)}
          </p>
        </>
      )}
      {desk.typing.value && (
        <div class="how-actions">
          <button
            type="button"
            class="button"
            data-testid="paste-pause"
            onClick={() => void desk.steer(progress?.phase === "paused" ? "resume" : "pause")}
          >
            {t(progress?.phase === "paused" ? "paste.resume" : "paste.pause")}
          </button>
          <button type="button" class="button" data-testid="paste-stop" onClick={() => void desk.steer("stop")}>
            {t("paste.stop")}
          </button>
        </div>
      )}
    </div>
  );
}

function stateOf({ phase, typed, total }: Progress): string {
  const key = `paste.state.${phase}`;
  const values = { typed: number(typed), total: number(total) };
  return isKey(key) ? t(key satisfies Key, values) : "";
}
