// The panel that aligns the pointer with the picture: an outline on the picture shows at once where the target's screen
// is taken to be; the pointer follows when a slider is let go. A lazy chunk.

import "../../style/align.css";
import { X } from "lucide-preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { settingsApi } from "../../api/settings.ts";
import { aligning } from "../../console/aligning.ts";
import type { Session } from "../../console/session.ts";
import texts from "../../i18n/en.input.json";
import { learn, t, told } from "../../i18n/index.ts";
import { FITS, OFFSET_LIMIT, outlineOf, SCALE_LIMITS } from "../../input/alignment.ts";
import { Icon } from "../../parts/icon.tsx";
import { Slider } from "../../parts/slider.tsx";
import { scaling } from "../../preferences.ts";
import { Aligner } from "../../settings/aligner.ts";
import { RuntimePage } from "../../settings/runtime.ts";
import { percent } from "../settings/units.ts";

learn(texts);

const AXES = ["offset_x", "offset_y", "scale_x", "scale_y"] as const;

export function Align({ session }: { readonly session: Session }) {
  const { page, aligner } = useMemo(() => {
    const page = new RuntimePage(settingsApi);
    return { page, aligner: new Aligner(page) };
  }, []);
  useEffect(() => void aligner.begin(), []);
  const close = () => {
    aligning.value = false;
    session.focusPicture();
  };
  const draft = aligner.draft.value;
  const refusal = page.refusal.value;
  return (
    <>
      <Outline session={session} aligner={aligner} />
      <aside
        class="align"
        aria-label={t("align.title")}
        data-testid="align"
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
        }}
      >
        <header class="stats-head">
          <h2>{t("align.title")}</h2>
          <button type="button" class="bar-button icon-only" aria-label={t("action.close")} data-testid="align-close" onClick={close}>
            <Icon of={X} />
          </button>
        </header>
        <p class="section-note">{t("align.text")}</p>
        {draft &&
          AXES.map((name) => {
            const scale = name.startsWith("scale");
            return (
              <Slider
                key={name}
                label={t(`align.${name}`)}
                testId={`align-${name}`}
                value={draft[name]}
                least={scale ? SCALE_LIMITS.least : -OFFSET_LIMIT}
                most={scale ? SCALE_LIMITS.most : OFFSET_LIMIT}
                text={percent(draft[name] / 10)}
                initial={FITS[name]}
                onMove={(value) => aligner.edit({ [name]: value })}
                onDone={() => void aligner.keep()}
              />
            );
          })}
        <p class="form-error" role="alert" data-testid="align-refusal">
          {refusal && (refusal.message ? told(refusal.message) : t("input.silent"))}
        </p>
        <div class="align-actions">
          <button type="button" class="button" disabled={!aligner.changed.value} data-testid="align-undo" onClick={() => void aligner.undo()}>
            {t("align.undo")}
          </button>
          <button type="button" class="button" disabled={aligner.fits.value} data-testid="align-fit" onClick={() => void aligner.fit()}>
            {t("align.fit")}
          </button>
          <button type="button" class="button primary" data-testid="align-done" onClick={close}>
            {t("align.done")}
          </button>
        </div>
      </aside>
    </>
  );
}

/** Follows the picture wherever the page puts it. */
function Outline({ session, aligner }: { readonly session: Session; readonly aligner: Aligner }) {
  const frame = useRef<HTMLDivElement>(null);
  const draft = aligner.draft.value;
  const size = session.feed.size.value;
  const look = scaling.value;
  const zoom = session.zooming.zoom.value;
  useEffect(() => {
    const place = () => {
      const origin = frame.current!.offsetParent!.getBoundingClientRect();
      const box = outlineOf(draft ?? FITS, session.pictureBox());
      const style = frame.current!.style;
      style.setProperty("--left", `${box.left - origin.left}px`);
      style.setProperty("--top", `${box.top - origin.top}px`);
      style.setProperty("--width", `${box.width}px`);
      style.setProperty("--height", `${box.height}px`);
    };
    place();
    const changes = new ResizeObserver(place);
    changes.observe(session.feed.canvas);
    return () => changes.disconnect();
  }, [draft, size, look, zoom]);
  return <div ref={frame} class="align-outline" aria-hidden="true" data-testid="align-outline" />;
}
