// Help: what each state of the console means and what to do, every key and every gesture. Fetched while all is well, so
// that it is there when the device is not.

import "../../style/help.css";
import { COMMANDS } from "../../console/commands.ts";
import { canLockKeyboard } from "../../console/holds.ts";
import type { Session } from "../../console/session.ts";
import { GROUPS, type Page, pagesOf, type StateId } from "../../help/states.ts";
import texts from "../../i18n/en.help.json";
import { learn, t } from "../../i18n/index.ts";
import { Modal } from "../../parts/modal.tsx";

learn(texts);

type Row = readonly [string, string];

export function Help({ session }: { readonly session: Session }) {
  const about = session.helpAbout.value;
  return (
    <Modal title={t("help.title")} testId="help" onClose={() => session.openDialog("none")}>
      <div class="help">
        {about && <States about={about} />}
        <KeysAndGestures />
        {!about && <States about={null} />}
      </div>
    </Modal>
  );
}

function KeysAndGestures() {
  const letters = COMMANDS.filter(({ letter }) => letter).map(
    ({ letter, label }): Row => [`${t("help.leader.key")}, ${letter!.toUpperCase()}`, t(label)],
  );
  const gestures = (["tap", "twoTap", "press", "twoDrag", "pinch", "threeTap"] as const).map(
    (gesture): Row => [t(`help.${gesture}`), t(`help.${gesture}.text`)],
  );
  return (
    <>
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
    </>
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

function States({ about }: { readonly about: StateId | null }) {
  return (
    <section class="help-states">
      <h3>{t("help.states")}</h3>
      {GROUPS.map((group) => (
        <div key={group}>
          <h4>{t(`help.group.${group}`)}</h4>
          {pagesOf(group).map((page) => (
            <State key={page.id} page={page} now={page.id === about} />
          ))}
        </div>
      ))}
    </section>
  );
}

function State({ page, now }: { readonly page: Page; readonly now: boolean }) {
  return (
    <details open={now}>
      {/* Where the keys are when the help is opened about it. */}
      <summary autofocus={now} data-testid={`help-${page.id}`}>
        {t(page.title)}
      </summary>
      <p>{t(page.means)}</p>
      <ul>
        {page.steps.map((step) => (
          <li key={step}>{t(step)}</li>
        ))}
      </ul>
    </details>
  );
}
