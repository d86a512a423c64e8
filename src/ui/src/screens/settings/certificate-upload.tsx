// Another certificate: pasted or read from files, checked by the appliance, then used.

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { type CertificatePage, partsOf } from "../../access/certificate.ts";
import { t } from "../../i18n/index.ts";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { View } from "./certificate.tsx";

/** More than this is no certificate. */
const LONGEST_FILE = 256 * 1024;

export function Upload({ page }: { readonly page: CertificatePage }) {
  const used = useSignal(false);
  const mistake = page.tried.value ? page.mistake.value : null;
  const inKey = mistake?.startsWith("certificate.key") ?? false;
  async function use(): Promise<void> {
    used.value = await page.use();
  }
  return (
    <section class="block" aria-labelledby="certificate-other">
      <h4 id="certificate-other">{t("certificate.another")}</h4>
      <p class="section-note">{t("certificate.another.text")}</p>
      <p class="good" role="status" data-testid="certificate-used">
        {used.value ? t("certificate.used") : ""}
      </p>
      <form
        class="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          used.value = false;
          void page.check();
        }}
      >
        <Pem page={page} part="chain" error={mistake && !inKey ? t(mistake) : undefined} />
        <Pem page={page} part="key" error={mistake && inKey ? t(mistake) : undefined} />
        <FromFile page={page} />
        <TroubleLine trouble={page.trouble.value} testId="certificate-refused" />
        {!page.checked.value && (
          <div class="trial-actions">
            <button class="button primary" disabled={page.busy.value} data-testid="certificate-check">
              {t("certificate.check")}
            </button>
          </div>
        )}
      </form>
      {page.checked.value && (
        <div class="chosen" data-testid="certificate-checked">
          <h5>{t("certificate.checked")}</h5>
          <View certificate={page.checked.value} />
          <div class="trial-actions">
            <button type="button" class="button primary" disabled={page.busy.value} data-testid="certificate-use" onClick={() => void use()}>
              {t("certificate.use")}
            </button>
            <button type="button" class="button" data-testid="certificate-discard" onClick={() => page.discard()}>
              {t("certificate.discard")}
            </button>
          </div>
        </div>
      )}
    </section>
  );
}

function Pem({ page, part, error }: { readonly page: CertificatePage; readonly part: "chain" | "key"; readonly error: string | undefined }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t(`certificate.${part}`)}</label>
      <textarea
        id={id}
        class="code"
        rows={4}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={page.draft.value[part]}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-note` : undefined}
        data-testid={`certificate-${part}`}
        onInput={(event) => page.edit({ [part]: event.currentTarget.value })}
      />
      {error && (
        <div id={`${id}-note`} class="field-note error">
          {error}
        </div>
      )}
    </div>
  );
}

/** One file or two; what is what is seen by their contents. */
function FromFile({ page }: { readonly page: CertificatePage }) {
  const nothing = useSignal(false);
  async function read(files: readonly File[]): Promise<void> {
    const texts = await Promise.all(files.filter(({ size }) => size <= LONGEST_FILE).map((file) => file.text().catch(() => "")));
    const parts = partsOf(texts.join("\n"));
    nothing.value = Object.keys(parts).length === 0;
    page.edit(parts);
  }
  return (
    <>
      <label class="button tall file-button">
        {t("certificate.file")}
        <input
          type="file"
          multiple
          class="file-input"
          data-testid="certificate-file"
          onChange={(event) => {
            void read([...(event.currentTarget.files ?? [])]);
            // The same file may be chosen once more.
            event.currentTarget.value = "";
          }}
        />
      </label>
      <p class="form-error" role="alert">
        {nothing.value ? t("certificate.file.none") : ""}
      </p>
    </>
  );
}
