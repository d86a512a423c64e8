// Keyboard and mouse: what this browser does with the hand, and what the device does with the target's pointer.

import { useEffect } from "preact/hooks";
import { aligning } from "../../console/aligning.ts";
import { mouseMode } from "../../console/mouse.ts";
import { number, t } from "../../i18n/index.ts";
import { FITS, isSame } from "../../input/alignment.ts";
import { Choice } from "../../parts/menu.tsx";
import {
  cursor,
  CURSORS,
  MOUSE_CHOICES,
  mouseChoice,
  SCROLL_DIRECTIONS,
  SCROLL_SPEEDS,
  scrollDirection,
  scrollSideways,
  scrollSpeed,
} from "../../preferences.ts";
import { runtimePage } from "../../settings/live.ts";
import { closeSettings } from "../../settings/place.ts";
import { Jiggler } from "./jiggler.tsx";
import { Kept } from "./kept.tsx";
import { percent } from "./units.ts";

export function InputSection() {
  useEffect(() => void runtimePage.look(), []);
  return (
    <>
      <p class="lead">{t("input.lead")}</p>
      <Here />
      <Pointer />
      <Jiggler page={runtimePage} />
      <Kept page={runtimePage} testId="input" />
    </>
  );
}

/** Slow to fast, whatever the default is. */
const SPEEDS = [...SCROLL_SPEEDS].sort((a, b) => Number(a) - Number(b));

function Here() {
  return (
    <section class="block fields" aria-labelledby="input-here">
      <h4 id="input-here">{t("input.here")}</h4>
      <p class="section-note">{t("input.here.text")}</p>
      <Choice
        name="input-mouse"
        label={t("view.mouse")}
        values={MOUSE_CHOICES}
        value={mouseChoice.value}
        text={(value) => t(`view.mouse.${value}`)}
        onChoose={(value) => (mouseChoice.value = value)}
      />
      <p class="section-note" data-testid="input-mouse-text">
        {t(`input.mouse.${mouseChoice.value}`)}{" "}
        {mouseChoice.value === "automatic" && t("input.mouse.now", { mode: t(`view.mouse.${mouseMode.value}`) })}
      </p>
      <Choice
        name="input-speed"
        label={t("input.speed")}
        values={SPEEDS}
        value={scrollSpeed.value}
        text={(value) => t("input.speed.times", { times: number(Number(value), 2) })}
        onChoose={(value) => (scrollSpeed.value = value)}
      />
      <Choice
        name="input-direction"
        label={t("input.direction")}
        values={SCROLL_DIRECTIONS}
        value={scrollDirection.value}
        text={(value) => t(`input.direction.${value}`)}
        onChoose={(value) => (scrollDirection.value = value)}
      />
      <Choice
        name="input-sideways"
        label={t("input.sideways")}
        values={SCROLL_DIRECTIONS}
        value={scrollSideways.value}
        text={(value) => t(`input.direction.${value}`)}
        onChoose={(value) => (scrollSideways.value = value)}
      />
      <Choice
        name="input-cursor"
        label={t("input.cursor")}
        values={CURSORS}
        value={cursor.value}
        text={(value) => t(`input.cursor.${value}`)}
        onChoose={(value) => (cursor.value = value)}
      />
      <p class="section-note">{t("input.cursor.text")}</p>
    </section>
  );
}

/** The sliders are on the picture, where one sees what they do. */
function Pointer() {
  const mouse = runtimePage.current.value?.mouse;
  function align(): void {
    closeSettings();
    aligning.value = true;
  }
  return (
    <section class="block" aria-labelledby="input-align">
      <h4 id="input-align">{t("align.title")}</h4>
      <p class="section-note">{t("input.align.text")}</p>
      {mouse && (
        <p data-testid="input-aligned">
          {isSame(mouse, FITS)
            ? t("input.align.fits")
            : t("input.align.now", {
                width: percent(mouse.scale_x / 10),
                height: percent(mouse.scale_y / 10),
                right: percent(mouse.offset_x / 10),
                down: percent(mouse.offset_y / 10),
              })}
        </p>
      )}
      <div class="trial-actions">
        <button type="button" class="button" data-testid="input-align" onClick={align}>
          {t("input.align.open")}
        </button>
        <button
          type="button"
          class="button"
          disabled={!mouse || isSame(mouse, FITS)}
          data-testid="input-align-fit"
          onClick={() => void runtimePage.change({ mouse: FITS })}
        >
          {t("align.fit")}
        </button>
      </div>
    </section>
  );
}
