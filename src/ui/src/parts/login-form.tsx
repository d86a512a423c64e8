// Name and password. Used by the login screen and, over the last picture, when a session has expired.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, logIn } from "../api/client.ts";
import { t } from "../i18n/index.ts";
import { Field } from "./field.tsx";

interface Props {
  /** Known when a session expired: only the password is missing. */
  readonly user?: string | undefined;
  readonly onDone: () => void | Promise<void>;
}

export function LoginForm({ user, onDone }: Props) {
  const username = useSignal(user ?? "");
  const password = useSignal("");
  const busy = useSignal(false);
  const error = useSignal<ApiError | null>(null);
  const waitSeconds = useCountdown(error.value);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy.value || waitSeconds > 0) return;
    busy.value = true;
    try {
      await logIn({ username: username.value, password: password.value });
      error.value = null;
      await onDone();
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      error.value = caught;
    } finally {
      busy.value = false;
    }
  }

  const message = waitSeconds > 0 ? t("login.wait", { seconds: waitSeconds }) : errorText(error.value);
  return (
    <form class="form" onSubmit={(event) => void submit(event)} data-testid="login-form">
      <Field
        label={t("login.username")}
        testId="login-username"
        value={username.value}
        onValue={(value) => (username.value = value)}
        autocomplete="username"
        autofocus={!user}
        maxLength={64}
      />
      <Field
        label={t("login.password")}
        testId="login-password"
        value={password.value}
        onValue={(value) => (password.value = value)}
        autocomplete="current-password"
        autofocus={user !== undefined}
        password
      />
      <p class="form-error" role="alert" data-testid="login-error">
        {message}
      </p>
      <button class="button primary" disabled={busy.value || waitSeconds > 0} data-testid="login-submit">
        {busy.value ? t("login.busy") : t("login.submit")}
      </button>
    </form>
  );
}

function errorText(error: ApiError | null): string {
  switch (error?.status) {
    case undefined:
    case 429: // The countdown ran out: nothing stands in the way any more.
      return "";
    case 0:
      return t("error.unreachable");
    case 401:
      return t("login.wrong");
    default:
      return t("error.server", { message: error!.message });
  }
}

/** Seconds until the appliance takes another try; falls to 0 by itself. */
function useCountdown(error: ApiError | null): number {
  const left = useSignal(0);
  useEffect(() => {
    if (error?.status !== 429) {
      left.value = 0;
      return;
    }
    const end = performance.now() + Math.max(1, error.retryAfter) * 1000;
    const tick = () => (left.value = Math.max(0, Math.ceil((end - performance.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [error]);
  return left.value;
}
