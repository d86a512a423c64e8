// Appearance and language: how this browser shows the page.

import { t } from "../../i18n/index.ts";
import { LANGUAGE_CHOICES, type LanguageChoice, LANGUAGES } from "../../i18n/languages.ts";
import { Choice } from "../../parts/menu.tsx";
import { Select } from "../../parts/select.tsx";
import { language, scaling, SCALINGS, theme, THEMES } from "../../preferences.ts";

export function AppearanceSection() {
  return (
    <>
      <p class="lead">{t("appearance.lead")}</p>
      <div class="block fields">
        <Choice
          name="appearance-theme"
          label={t("view.theme")}
          values={THEMES}
          value={theme.value}
          text={(value) => t(`view.theme.${value}`)}
          onChoose={(value) => (theme.value = value)}
        />
        <p class="section-note">{t("appearance.theme.text")}</p>
        <Choice
          name="appearance-scaling"
          label={t("view.scaling")}
          values={SCALINGS}
          value={scaling.value}
          text={(value) => t(`view.scaling.${value}`)}
          onChoose={(value) => (scaling.value = value)}
        />
        <Select
          label={t("appearance.language")}
          values={LANGUAGE_CHOICES}
          value={language.value as LanguageChoice}
          // Each by its own name: whoever looks for it may not read the others.
          text={(id) => LANGUAGES.find((each) => each.id === id)?.name ?? t("appearance.language.auto")}
          testId="appearance-language"
          onChoose={(id) => (language.value = id)}
        />
        <p class="section-note">{t("appearance.language.text")}</p>
      </div>
    </>
  );
}
