// Video, the target's side: which display the capture device says it is, and another one for it to say.

import { useEffect, useId } from "preact/hooks";
import type { EdidDescription, EdidView, Screen } from "../../api/edid.ts";
import { number, t, told } from "../../i18n/index.ts";
import { type Fact, Facts } from "../../parts/facts.tsx";
import { Select } from "../../parts/select.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { choicesOf, type EdidPage, modeOf, screenOf } from "../../settings/edid.ts";

export function EdidBlock({ page }: { readonly page: EdidPage }) {
  useEffect(() => void page.look(), []);
  const id = useId();
  const view = page.view.value;
  return (
    <section class="block" aria-labelledby={id} data-testid="edid" data-device={view?.device} data-busy={page.busy.value}>
      <h4 id={id}>{t("edid.title")}</h4>
      <p class="section-note">{t("edid.text")}</p>
      {view && <State view={view} />}
      {view && view.device !== "fixed" && <Choice page={page} view={view} />}
      {view?.device === "fixed" && view.choice !== "default" && <Reset page={page} />}
      <p class="good" role="status" data-testid="edid-told">
        {page.told.value ? t("edid.told") : ""}
      </p>
      <TroubleLine trouble={page.trouble.value} testId="edid-refused" />
    </section>
  );
}

function State({ view }: { readonly view: EdidView }) {
  if (view.device !== "changeable") {
    return (
      <p class="field-note" data-testid="edid-state">
        {t(`edid.${view.device}`)}
      </p>
    );
  }
  if (view.says) return <Facts facts={factsOf(view.says)} />;
  return (
    <div class="field-note" data-testid="edid-state">
      <p>{t("edid.none")}</p>
      {view.faults.map((fault) => (
        <p key={fault}>{told(fault)}</p>
      ))}
    </div>
  );
}

function Choice({ page, view }: { readonly page: EdidPage; readonly view: EdidView }) {
  return (
    <>
      <Select label={t("edid.choice")} values={choicesOf(view)} value={view.choice} text={choiceText} testId="edid-choice" onChoose={(name) => void page.choose(name)} />
      <div class="trial-actions">
        <label class="button tall file-button">
          {t("edid.file")}
          <input
            type="file"
            class="file-input"
            data-testid="edid-file"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file) void page.upload(file);
              // The same file may be chosen once more.
              event.currentTarget.value = "";
            }}
          />
        </label>
        {view.choice !== "default" && <Reset page={page} />}
      </div>
      <p class="field-note">{t("edid.file.hint")}</p>
    </>
  );
}

function Reset({ page }: { readonly page: EdidPage }) {
  return (
    <button type="button" class="button tall" disabled={page.busy.value} data-testid="edid-reset" onClick={() => void page.choose("default")}>
      {t("edid.reset")}
    </button>
  );
}

function choiceText(name: string): string {
  const mode = modeOf(name);
  if (mode) return t("edid.offer", mode);
  return name === "default" ? t("edid.default") : t("edid.upload");
}

function factsOf(says: EdidDescription): readonly Fact[] {
  const { manufacturer, name, serial, serial_text, preferred, screens } = says;
  const facts: Fact[] = [
    { name: t("edid.name"), value: name ? t("edid.named", { name, manufacturer }) : t("edid.unnamed", { manufacturer }), testId: "edid-name" },
    { name: t("edid.preferred"), value: preferred ? screenText(preferred) : "", testId: "edid-preferred" },
    { name: t("edid.modes"), value: screens.map(screenText).join(", "), testId: "edid-modes" },
    { name: t("edid.kind"), value: kindText(says) },
  ];
  const number = serial_text || (serial ? String(serial) : "");
  return number ? [...facts, { name: t("edid.serial"), value: number }] : facts;
}

function screenText(screen: Screen): string {
  const { size, hz } = screenOf(screen);
  return t("edid.offer", { size, hz: number(hz) });
}

function kindText({ hdmi, audio }: EdidDescription): string {
  if (!hdmi) return t("edid.kind.dvi");
  return audio ? t("edid.kind.sound") : t("edid.kind.hdmi");
}
