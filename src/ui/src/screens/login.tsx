// Login: name and password, and the way to the device's certificate.

import { reload, TRUST } from "../device.ts";
import { t } from "../i18n/index.ts";
import { LoginForm } from "../parts/login-form.tsx";
import { Plate } from "../parts/plate.tsx";

export function Login() {
  return (
    <Plate title={t("login.title")} testId="login">
      <LoginForm onDone={reload} />
      <p class="aside">
        <a href={TRUST} data-testid="login-trust">
          {t("trust.link")}
        </a>
      </p>
    </Plate>
  );
}
