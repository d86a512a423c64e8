// Appearance and language: how this browser shows the page.

import { LANGUAGES } from "../../i18n/languages.ts";
import { t } from "../../i18n/index.ts";
import { Choice } from "../../parts/menu.tsx";
import { Select } from "../../parts/select.tsx";
import { language, scaling, SCALINGS, theme, THEMES } from "../../preferences.ts";

export function AppearanceSection() {
  const ids = LANGUAGES.map(({ id }) => id);
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
          values={ids}
          value={language.value}
          text={(id) => LANGUAGES.find((each) => each.id === id)!.name}
          testId="appearance-language"
          onChoose={(id) => {
            language.value = id;
            // Texts are taken when they are shown: all of them anew.
            location.reload();
          }}
        />
        {ids.length === 1 && <p class="section-note">{t("appearance.language.only")}</p>}
      </div>
    </>
  );
}
