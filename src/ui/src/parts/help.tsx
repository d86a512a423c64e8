// Every key and gesture of the console on one page.

import { COMMANDS } from "../console/commands.ts";
import { canLockKeyboard } from "../console/holds.ts";
import type { Session } from "../console/session.ts";
import { t } from "../i18n/index.ts";
import { Modal } from "./modal.tsx";

type Row = readonly [string, string];

export function Help({ session }: { readonly session: Session }) {
  const letters = COMMANDS.filter(({ letter }) => letter).map(
    ({ letter, label }): Row => [`${t("help.leader.key")}, ${letter!.toUpperCase()}`, t(label)],
  );
  const gestures = (["tap", "twoTap", "press", "twoDrag", "threeTap"] as const).map(
    (gesture): Row => [t(`help.${gesture}`), t(`help.${gesture}.text`)],
  );
  return (
    <Modal title={t("help.title")} testId="help" onClose={() => session.openDialog("none")}>
      <div class="help">
        <Rows
          title={t("help.keys")}
          rows={[
            [t("help.leader.key"), t("help.leader")],
            ...letters,
            [t("help.leader.again"), t("help.leader.again.text")],
            [t("help.esc.key"), t("help.esc")],
          ]}
        />
        <Rows title={t("help.touch")} rows={gestures} />
        {!canLockKeyboard() && <p class="menu-note">{t("view.fullScreen.noLock")}</p>}
      </div>
    </Modal>
  );
}

function Rows({ title, rows }: { readonly title: string; readonly rows: readonly Row[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl class="help-rows">
        {rows.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              {keys.split(", ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
