// Proving who one is: name and password, then the code of a second factor when the appliance asks for it. Used by the
// login, over the last picture when a session has ended, and where something wants the password again.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { type Asks, asksAfter, codeOf, wordsFor } from "../access/proof.ts";
import { ApiError, type LoginRequest } from "../api/client.ts";
import { t } from "../i18n/index.ts";
import { Field } from "./field.tsx";

interface Props {
  /** Begins its test ids. */
  readonly id: "login" | "confirm" | "reset";
  /** Known: only the password is missing. */
  readonly user?: string | undefined;
  /** Nobody else can be meant. */
  readonly fixed?: boolean;
  readonly submitText: string;
  readonly busyText: string;
  readonly prove: (proof: LoginRequest & { code?: string }) => Promise<void>;
  readonly onDone: () => void | Promise<void>;
  readonly onCancel?: () => void;
}

export function ProofForm({ id, user, fixed, submitText, busyText, prove, onDone, onCancel }: Props) {
  const username = useSignal(user ?? "");
  const password = useSignal("");
  const code = useSignal("");
  const asks = useSignal<Asks>("password");
  /** The phone is not at hand: one of the codes that were written down. */
  const recovery = useSignal(false);
  const busy = useSignal(false);
  const error = useSignal<ApiError | null>(null);
  const waitSeconds = useCountdown(error.value);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy.value || waitSeconds > 0) return;
    busy.value = true;
    try {
      const proof = { username: username.value, password: password.value };
      await prove(asks.value === "code" ? { ...proof, code: codeOf(code.value) } : proof);
      error.value = null;
      await onDone();
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught;
      error.value = caught;
      asks.value = asksAfter(asks.value, caught);
      if (caught.code === "second_factor_clock") recovery.value = true;
      if (caught.status === 401) code.value = "";
    } finally {
      busy.value = false;
    }
  }

  function back(): void {
    asks.value = "password";
    error.value = null;
    code.value = "";
    recovery.value = false;
  }

  function otherCode(): void {
    recovery.value = !recovery.value;
    error.value = null;
    code.value = "";
  }

  const words = wordsFor(error.value);
  const message = waitSeconds > 0 ? t("login.wait", { seconds: waitSeconds }) : words ? t(words.key, words.values) : "";
  return (
    <form class="form" onSubmit={(event) => void submit(event)} data-testid={`${id}-form`} data-asks={asks.value}>
      {asks.value === "password" && !fixed && (
        <Field
          label={t("login.username")}
          testId={`${id}-username`}
          value={username.value}
          onValue={(value) => (username.value = value)}
          autocomplete="username"
          autofocus={!user}
          maxLength={64}
        />
      )}
      {/* For password managers: whose password it is. */}
      {fixed && <input hidden readOnly autocomplete="username" value={user} />}
      {asks.value === "password" && (
        <Field
          label={t("login.password")}
          testId={`${id}-password`}
          value={password.value}
          onValue={(value) => (password.value = value)}
          autocomplete="current-password"
          autofocus={user !== undefined}
          password
        />
      )}
      {asks.value === "code" && <CodeField id={id} recovery={recovery.value} value={code.value} onValue={(value) => (code.value = value)} />}
      <p class="form-error" role="alert" data-testid={`${id}-error`}>
        {message}
      </p>
      <button class="button primary" disabled={busy.value || waitSeconds > 0} data-testid={`${id}-submit`}>
        {busy.value ? busyText : submitText}
      </button>
      {asks.value === "code" && (
        <Plain testId={`${id}-recovery`} text={recovery.value ? t("login.recovery.not") : t("login.recovery.use")} onClick={otherCode} />
      )}
      {asks.value === "code" && !fixed && <Plain testId={`${id}-back`} text={t("login.back")} onClick={back} />}
      {onCancel && <Plain testId={`${id}-cancel`} text={t("action.cancel")} onClick={onCancel} />}
    </form>
  );
}

interface CodeProps {
  readonly id: string;
  readonly recovery: boolean;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

function CodeField({ id, recovery, value, onValue }: CodeProps) {
  return (
    <Field
      // Another field, which has the keys again.
      key={recovery}
      label={recovery ? t("login.recovery") : t("login.code")}
      testId={`${id}-code`}
      value={value}
      onValue={onValue}
      autocomplete={recovery ? "off" : "one-time-code"}
      inputMode={recovery ? "text" : "numeric"}
      autofocus
      maxLength={64}
    >
      {recovery ? t("login.recovery.hint") : t("login.code.hint")}
    </Field>
  );
}

function Plain({ testId, text, onClick }: { readonly testId: string; readonly text: ComponentChildren; readonly onClick: () => void }) {
  return (
    <button type="button" class="button plain tall" data-testid={testId} onClick={onClick}>
      {text}
    </button>
  );
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
