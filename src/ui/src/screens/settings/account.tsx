// Account: one's own password, second factor and sessions.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Listing } from "../../access/listing.ts";
import { askWho, own } from "../../access/own.ts";
import { type Trouble, troubleOf } from "../../access/trouble.ts";
import { changePassword, revokeOthers, sessions } from "../../api/access.ts";
import { ApiError } from "../../api/client.ts";
import { device, role } from "../../device.ts";
import { t } from "../../i18n/index.ts";
import { Facts } from "../../parts/facts.tsx";
import { Field } from "../../parts/field.tsx";
import { TroubleLine } from "../../parts/trouble-line.tsx";
import { LONGEST, SHORTEST } from "../../rules.ts";
import { SecondFactor } from "./second-factor.tsx";
import { SessionList } from "./session-list.tsx";
import { future } from "./units.ts";

export function AccountSection() {
  const who = own.value;
  const guest = who?.kind === "guest";
  const facts = [
    { name: t("account.user"), value: device.value?.user ?? "", testId: "account-user" },
    { name: t("account.role"), value: role.value ? t(`role.${role.value}`) : "", testId: "account-role" },
  ];
  return (
    <>
      <p class="lead">{guest ? t("account.guest", { time: future(who.expires_in) ?? t("access.soon") }) : t("account.lead")}</p>
      <Facts facts={facts} />
      {who && !guest && (
        <>
          <Password />
          <SecondFactor user={who.user} on={who.second_factor} onChanged={() => void askWho()} />
          <OwnSessions user={who.user} />
        </>
      )}
    </>
  );
}

function Password() {
  const open = useSignal(false);
  const changed = useSignal(false);
  return (
    <section class="block" aria-labelledby="account-password">
      <h4 id="account-password">{t("password.title")}</h4>
      <p class="section-note good" role="status" data-testid="password-changed">
        {changed.value ? t("password.changed") : ""}
      </p>
      {open.value ? (
        <PasswordForm
          onDone={(done) => {
            open.value = false;
            changed.value = done;
          }}
        />
      ) : (
        <div class="trial-actions">
          <button type="button" class="button" data-testid="password-open" onClick={() => (open.value = true)}>
            {t("password.change")}
          </button>
        </div>
      )}
    </section>
  );
}

function PasswordForm({ onDone }: { readonly onDone: (changed: boolean) => void }) {
  const old = useSignal("");
  const wanted = useSignal("");
  const again = useSignal("");
  const tried = useSignal(false);
  const busy = useSignal(false);
  const trouble = useSignal<Trouble | null>(null);
  const short = [...wanted.value].length < SHORTEST;
  const differ = wanted.value !== again.value;

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    tried.value = true;
    if (busy.value || short || differ || old.value === "") return;
    busy.value = true;
    try {
      await changePassword(old.value, wanted.value);
      onDone(true);
    } catch (caught) {
      const wrong = caught instanceof ApiError && caught.code === "login";
      trouble.value = wrong ? { code: "login", key: "password.wrong", values: {} } : troubleOf(caught);
    } finally {
      busy.value = false;
    }
  }

  return (
    <form class="form" noValidate onSubmit={(event) => void submit(event)}>
      <input hidden readOnly autocomplete="username" value={device.value?.user ?? ""} />
      <Field label={t("password.old")} testId="password-old" value={old.value} onValue={(value) => (old.value = value)} autocomplete="current-password" password autofocus maxLength={LONGEST} />
      <Field
        label={t("password.new")}
        testId="password-new"
        value={wanted.value}
        onValue={(value) => (wanted.value = value)}
        autocomplete="new-password"
        password
        maxLength={LONGEST}
        error={tried.value && short ? t("password.short", { count: SHORTEST }) : undefined}
      >
        {t("password.short", { count: SHORTEST })}
      </Field>
      <Field
        label={t("password.again")}
        testId="password-again"
        value={again.value}
        onValue={(value) => (again.value = value)}
        autocomplete="new-password"
        password
        maxLength={LONGEST}
        error={tried.value && differ ? t("password.differ") : undefined}
      />
      <p class="section-note">{t("password.note")}</p>
      <TroubleLine trouble={trouble.value} testId="password-error" />
      <div class="trial-actions">
        <button class="button primary" disabled={busy.value} data-testid="password-submit">
          {t("password.change")}
        </button>
        <button type="button" class="button" data-testid="password-cancel" onClick={() => onDone(false)}>
          {t("action.cancel")}
        </button>
      </div>
    </form>
  );
}

function OwnSessions({ user }: { readonly user: string }) {
  const listing = useMemo(() => new Listing(sessions), []);
  useEffect(() => listing.show(), []);
  const mine = listing.items.value?.filter((session) => session.user === user && session.kind === "password");
  const title = t("sessions.title");
  return (
    <section class="block" aria-labelledby="account-sessions">
      <h4 id="account-sessions">{title}</h4>
      <TroubleLine trouble={listing.trouble.value} testId="sessions-error" />
      {mine && <SessionList label={title} listing={listing} sessions={mine} />}
      {mine && mine.length > 1 && (
        <div class="trial-actions">
          <button type="button" class="button" disabled={listing.busy.value} data-testid="sessions-others" onClick={() => void listing.act(revokeOthers)}>
            {t("sessions.others")}
          </button>
        </div>
      )}
    </section>
  );
}
