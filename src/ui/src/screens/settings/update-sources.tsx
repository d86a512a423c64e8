// Where a release comes from when it does not come from the channel: a file of this browser, or an address.

import { Upload } from "lucide-preact";
import { t } from "../../i18n/index.ts";
import { Field } from "../../parts/field.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Choice } from "../../parts/menu.tsx";
import type { UpdatePage } from "../../update/page.ts";
import { bytes } from "./units.ts";

interface Props {
  readonly page: UpdatePage;
}

export function Sources({ page }: Props) {
  return (
    <section class="block" aria-labelledby="update-install">
      <h4 id="update-install">{t("update.install")}</h4>
      {page.bundle.value ? <Chosen page={page} /> : <Drop page={page} />}
      <FromAddress page={page} />
    </section>
  );
}

/** Where something is about to be installed: whether the restart follows. `source`: which of the places this is. */
export function RestartChoice({ page, source }: Props & { readonly source: "file" | "url" | "channel" }) {
  const restart = page.restart.value ? "yes" : "no";
  return (
    <div class="restart">
      <Choice
        name={`update-restart-${source}`}
        label={t("update.restart")}
        values={["yes", "no"]}
        value={restart}
        text={(value) => t(`update.restart.${value}`)}
        onChoose={(value) => (page.restart.value = value === "yes")}
      />
      <p class="section-note">{t(`update.restart.${restart}.text`)}</p>
    </div>
  );
}

/** The file that the appliance waits for, when nobody sends it any more. */
export function Delivery({ page }: Props) {
  const { is } = page.delivery.value;
  const size = page.update.value?.job?.size ?? 0;
  if (is === "elsewhere") return <p class="section-note">{t("update.elsewhere")}</p>;
  if (is !== "ask" && is !== "other") return null;
  return (
    <>
      <p class="warns" role="status" data-testid="update-ask-file">
        {is === "ask" ? t("update.ask.file") : t("update.other.file", { size: bytes(size) })}
      </p>
      <Drop page={page} />
    </>
  );
}

function Drop({ page }: Props) {
  return (
    <label class="drop">
      <Icon of={Upload} />
      <span>{t("update.file.drop")}</span>
      <small>{t("update.file.hint")}</small>
      <input
        type="file"
        // Phones that know no such ending would offer nothing, so it is only said.
        class="drop-input"
        data-testid="update-file"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) page.choose(file.name, file);
          // The same file may be chosen once more.
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}

function Chosen({ page }: Props) {
  const { name, blob } = page.bundle.value!;
  return (
    <div class="chosen" data-testid="update-chosen">
      <p class="chosen-name">{t("update.file.chosen", { name, size: bytes(blob.size) })}</p>
      {!name.endsWith(".farseat") && <p class="warns">{t("update.file.kind")}</p>}
      <RestartChoice page={page} source="file" />
      <div class="trial-actions">
        <button type="button" class="button primary" disabled={page.sending.value} data-testid="update-install" onClick={() => void page.install()}>
          {t("update.file.install")}
        </button>
        <button type="button" class="button" data-testid="update-forget" onClick={() => page.forget()}>
          {t("update.file.forget")}
        </button>
      </div>
    </div>
  );
}

function FromAddress({ page }: Props) {
  return (
    <details class="fold">
      <summary data-testid="update-url-open">{t("update.url")}</summary>
      <form
        class="address"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void page.installUrl();
        }}
      >
        <Field
          label={t("update.url.label")}
          testId="update-url"
          value={page.url.value}
          onValue={(value) => (page.url.value = value)}
          autocomplete="off"
          maxLength={2048}
        >
          {t("update.url.hint")}
        </Field>
        <RestartChoice page={page} source="url" />
        <div class="trial-actions">
          <button class="button" disabled={page.ordering.value || page.url.value.trim() === ""} data-testid="update-url-install">
            {t("update.url.install")}
          </button>
        </div>
      </form>
    </details>
  );
}
