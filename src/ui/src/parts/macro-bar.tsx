// While a macro runs or is recorded: how far it is, and its end.

import type { Session } from "../console/session.ts";
import { number, t, tCount } from "../i18n/index.ts";

export function MacroBar({ session }: { readonly session: Session }) {
  const { runner, recorded } = session.macros;
  const progress = runner.progress.value;
  if (progress) {
    const values = { name: progress.name, done: number(progress.done), total: number(progress.total) };
    return (
      <div class="macro-bar" data-testid="macro-running">
        <span>{t("macro.running", values)}</span>
        <progress max={progress.total} value={progress.done} aria-label={progress.name} />
        <button type="button" class="button" data-testid="macro-stop" onClick={() => runner.stop()}>
          {t("macro.stop")}
        </button>
      </div>
    );
  }
  if (recorded.value === null) return null;
  return (
    <div class="macro-bar recording" data-testid="macro-recording">
      <span role="status">{tCount("macro.recording", recorded.value)}</span>
      <button type="button" class="button primary" data-testid="macro-finish" onClick={() => session.macros.finish(t("macro.new"))}>
        {t("macro.finish")}
      </button>
    </div>
  );
}
