// The login: on its own screen, and over the last picture when a session has ended.

import { logIn } from "../api/client.ts";
import { t } from "../i18n/index.ts";
import { ProofForm } from "./proof-form.tsx";

interface Props {
  /** Known when a session ended: only the password is missing. */
  readonly user?: string | undefined;
  readonly onDone: () => void | Promise<void>;
}

export function LoginForm({ user, onDone }: Props) {
  return <ProofForm id="login" user={user} submitText={t("login.submit")} busyText={t("login.busy")} prove={logIn} onDone={onDone} />;
}
