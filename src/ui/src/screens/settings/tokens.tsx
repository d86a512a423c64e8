// API tokens: those that there are, a new one, and the one time that it is shown.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Listing } from "../../access/listing.ts";
import { type Role, upTo } from "../../access/role.ts";
import { createToken, revokeToken, type Token, tokens } from "../../api/access.ts";
import { device, role } from "../../device.ts";
import { t } from "../../i18n/index.ts";
import { CopyText } from "../../parts/copy.tsx";
import { Entries, Entry } from "../../parts/entries.tsx";
import { Field } from "../../parts/field.tsx";
import { Modal } from "../../parts/modal.tsx";
import { Select } from "../../parts/select.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { expiresText, sinceText } from "./access-words.ts";
import { AskRevoke } from "./ask.tsx";
import { RoleChoice } from "./role-choice.tsx";

const DAYS = ["7", "30", "90", "366"] as const;

export function TokensSection() {
  const listing = useMemo(() => new Listing(tokens), []);
  useEffect(() => listing.show(), []);
  const creating = useSignal(false);
  const made = useSignal<string | null>(null);
  const revoking = useSignal<Token | null>(null);
  const all = listing.items.value;
  return (
    <>
      <p class="lead">{t("tokens.lead")}</p>
      {!creating.value && <TroubleLine trouble={listing.trouble.value} testId="tokens-error" />}
      {all?.length === 0 && <p class="section-note">{t("tokens.none")}</p>}
      {all && (
        <Entries label={t("tokens.title")}>
          {all.map((token) => (
            <TokenEntry key={token.id} token={token} onRevoke={() => (revoking.value = token)} />
          ))}
        </Entries>
      )}
      <div class="trial-actions">
        <button type="button" class="button primary" data-testid="tokens-create" onClick={() => (creating.value = true)}>
          {t("tokens.create")}
        </button>
      </div>
      {creating.value && (
        <Create
          listing={listing}
          onClose={(token) => {
            creating.value = false;
            made.value = token;
          }}
        />
      )}
      {made.value && <Once token={made.value} onDone={() => (made.value = null)} />}
      {revoking.value && (
        <AskRevoke
          what="tokens"
          label={revoking.value.label}
          onYes={revokes(listing, revoking.value.id)}
          onClose={() => (revoking.value = null)}
        />
      )}
    </>
  );
}

function revokes(listing: Listing<Token>, id: string): () => void {
  return () => void listing.act(() => revokeToken(id));
}

function TokenEntry({ token, onRevoke }: { readonly token: Token; readonly onRevoke: () => void }) {
  const { label, user, expires, used } = token;
  const facts = [
    t(`role.${token.role}`),
    user !== device.value?.user && t("tokens.of", { user }),
    expiresText(expires),
    used === null ? t("tokens.unused") : t("tokens.used", { time: sinceText(used) }),
  ];
  return (
    <Entry name={label} facts={facts} testId="token">
      <button type="button" class="button tall" aria-label={t("tokens.revoke.label", { label })} data-testid="token-revoke" onClick={onRevoke}>
        {t("access.revoke")}
      </button>
    </Entry>
  );
}

function Create({ listing, onClose }: { readonly listing: Listing<Token>; readonly onClose: (token: string | null) => void }) {
  const label = useSignal("");
  const wanted = useSignal<Role>("viewer");
  const days = useSignal<(typeof DAYS)[number]>("30");
  const tried = useSignal(false);
  const name = label.value.trim();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    tried.value = true;
    if (name === "") return;
    const made = await listing.act(() => createToken(name, wanted.value, Number(days.value)));
    if (made) onClose(made.result);
  }

  return (
    <Modal title={t("tokens.create")} testId="token-create" onClose={() => onClose(null)}>
      <form class="form" noValidate onSubmit={(event) => void submit(event)}>
        <Field
          label={t("access.label")}
          testId="token-label"
          value={label.value}
          onValue={(value) => (label.value = value)}
          autocomplete="off"
          autofocus
          maxLength={40}
          error={tried.value && name === "" ? t("access.label.rule") : undefined}
        />
        <RoleChoice name="token-role" roles={upTo(role.value)} value={wanted.value} onChoose={(value) => (wanted.value = value)} />
        <Select label={t("tokens.days")} values={DAYS} value={days.value} text={(value) => t(`tokens.days.${value}`)} testId="token-days" onChoose={(value) => (days.value = value)} />
        <TroubleLine trouble={listing.trouble.value} testId="token-error" />
        <button class="button primary" disabled={listing.busy.value} data-testid="token-submit">
          {t("tokens.submit")}
        </button>
      </form>
    </Modal>
  );
}

/** Only a word closes it: it is never shown again. */
function Once({ token, onDone }: { readonly token: string; readonly onDone: () => void }) {
  const name = device.value?.name ?? "farseat";
  const example = `curl --cacert ${name}-ca.crt -H "Authorization: Bearer ${token}" ${location.origin}/api/v1/status`;
  return (
    <Modal title={t("tokens.once.title")} testId="token-once">
      <p>{t("tokens.once.text")}</p>
      <CopyText label={t("tokens.once.token")} text={token} testId="token-text" />
      <CopyText label={t("tokens.once.example")} text={example} testId="token-example" />
      <div class="trial-actions">
        <button type="button" class="button primary" data-testid="token-done" onClick={onDone}>
          {t("access.done")}
        </button>
      </div>
    </Modal>
  );
}
