// A question before something that cannot be undone. The harmless answer has the focus.

import { t } from "../../i18n/index.ts";
import { Modal } from "../../parts/modal.tsx";

interface Props {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly no: string;
  readonly testId: string;
  readonly onYes: () => void;
  readonly onClose: () => void;
}

export function Ask({ title, text, yes, no, testId, onYes, onClose }: Props) {
  return (
    <Modal title={title} testId={testId} onClose={onClose}>
      <p>{text}</p>
      <div class="trial-actions">
        <button
          type="button"
          class="button danger"
          data-testid={`${testId}-yes`}
          onClick={() => {
            onClose();
            onYes();
          }}
        >
          {yes}
        </button>
        <button type="button" class="button" autofocus data-testid={`${testId}-no`} onClick={onClose}>
          {no}
        </button>
      </div>
    </Modal>
  );
}

const REVOKE = {
  tokens: { title: "tokens.revoke.title", text: "tokens.revoke.text" },
  guests: { title: "guests.revoke.title", text: "guests.revoke.text" },
} as const;

/** Before a token or a guest link goes. */
export function AskRevoke({ what, label, onYes, onClose }: { readonly what: "tokens" | "guests"; readonly label: string } & Pick<Props, "onYes" | "onClose">) {
  return (
    <Ask
      title={t(REVOKE[what].title, { label })}
      text={t(REVOKE[what].text)}
      yes={t("access.revoke")}
      no={t("access.revoke.keep")}
      testId={`${what}-ask`}
      onYes={onYes}
      onClose={onClose}
    />
  );
}
