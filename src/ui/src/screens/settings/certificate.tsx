// Certificate and trust: what is served, whether this browser trusts it, and another one in its place.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { CertificatePage } from "../../access/certificate.ts";
import { type Certificate, certificateApi } from "../../api/certificate.ts";
import { t, told } from "../../i18n/index.ts";
import { type Fact, Facts } from "../../parts/facts.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { TrustCheck, TrustSteps } from "../../parts/trust-steps.tsx";
import { Ask } from "./ask.tsx";
import { Upload } from "./certificate-upload.tsx";
import { date } from "./units.ts";

export function CertificateSection() {
  const page = useMemo(() => new CertificatePage(certificateApi), []);
  useEffect(() => void page.load(), []);
  const served = page.served.value;
  return (
    <>
      <p class="lead">{t("certificate.lead")}</p>
      {!served && <TroubleLine trouble={page.trouble.value} testId="certificate-error" />}
      {!served && !page.trouble.value && <p class="section-note">{t("access.loading")}</p>}
      {served && (
        <>
          <section class="block" aria-labelledby="certificate-served" data-testid="certificate-served" data-kind={served.kind}>
            <h4 id="certificate-served">{t("certificate.served")}</h4>
            <View certificate={served} />
            {served.kind === "uploaded" && <Forget page={page} />}
          </section>
          <section class="block" aria-labelledby="certificate-trust">
            <h4 id="certificate-trust">{t("certificate.trust")}</h4>
            <TrustCheck />
            {served.kind === "own" ? <TrustSteps /> : <p class="section-note">{t("certificate.trust.uploaded")}</p>}
          </section>
          <Upload page={page} />
        </>
      )}
    </>
  );
}

/** One certificate, served or checked. */
export function View({ certificate }: { readonly certificate: Certificate }) {
  return (
    <>
      {certificate.problems.map((problem) => (
        <p key={problem} class="warns" data-testid="certificate-problem">
          {told(problem)}
        </p>
      ))}
      <Facts facts={factsOf(certificate)} />
    </>
  );
}

function factsOf({ kind, names, addresses, not_before: from, not_after: to, issuer, fingerprint, ca_fingerprint: authority }: Certificate): Fact[] {
  const some = (values: readonly string[]) => (values.length > 0 ? values : t("certificate.none"));
  const facts: Fact[] = [
    { name: t("certificate.kind"), value: t(`certificate.kind.${kind}`), testId: "certificate-kind" },
    { name: t("certificate.names"), value: some(names), testId: "certificate-names" },
    { name: t("certificate.addresses"), value: some(addresses) },
    { name: t("certificate.valid"), value: t("certificate.valid.span", { from: date(from), to: date(to) }) },
    { name: t("certificate.issuer"), value: issuer },
    { name: t("certificate.fingerprint"), value: fingerprint },
  ];
  if (authority) facts.push({ name: t("certificate.ca"), value: authority });
  return facts;
}

function Forget({ page }: { readonly page: CertificatePage }) {
  const asking = useSignal(false);
  return (
    <div class="trial-actions">
      <button type="button" class="button" disabled={page.busy.value} data-testid="certificate-forget" onClick={() => (asking.value = true)}>
        {t("certificate.forget")}
      </button>
      {asking.value && (
        <Ask
          title={t("certificate.forget.title")}
          text={t("certificate.forget.text")}
          yes={t("certificate.forget")}
          no={t("certificate.forget.keep")}
          testId="certificate-ask"
          onYes={() => void page.forget()}
          onClose={() => (asking.value = false)}
        />
      )}
    </div>
  );
}
