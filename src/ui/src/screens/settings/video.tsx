// Video: how the picture comes, how good it is, how often and how large. Another size is on trial for a moment: where a
// target or a dongle shows nothing in it, the appliance goes back to the old one by itself.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { VideoSettings } from "../../api/settings.ts";
import type { PictureSize } from "../../api/size.ts";
import { number, t } from "../../i18n/index.ts";
import { Select } from "../../parts/select.tsx";
import { Slider } from "../../parts/slider.tsx";
import { CODECS, codec } from "../../preferences.ts";
import { edidPage, runtimePage, sizePage } from "../../settings/live.ts";
import { nameOf, SIZES } from "../../settings/size.ts";
import { EdidBlock } from "./edid.tsx";
import { Kept } from "./kept.tsx";

const QUALITY = 80;
const KBPS = 5000;
const MOST_FPS = 60;

export function VideoSection() {
  useEffect(() => {
    void runtimePage.look();
    void sizePage.look();
  }, []);
  const size = sizePage.current.value;
  const video = runtimePage.current.value?.video;
  return (
    <>
      <p class="lead">{t("video.lead")}</p>
      <p class="section-note">{t("video.kept")}</p>
      {video && (
        <div class="block fields">
          <Codec />
          {codec.value === "h264" && <Bitrate video={video} />}
          <Quality video={video} />
          <Rate video={video} />
          {size && <Size size={size} />}
        </div>
      )}
      <Kept page={runtimePage} testId="video" />
      <Kept page={sizePage} testId="video-size" />
      <EdidBlock page={edidPage} />
    </>
  );
}

function Codec() {
  return (
    <>
      <Select
        label={t("video.codec")}
        values={CODECS}
        value={codec.value}
        text={(choice) => t(`video.codec.${choice}`)}
        testId="video-codec"
        onChoose={(choice) => (codec.value = choice)}
      />
      <p class="field-note">{t("video.codec.hint")}</p>
    </>
  );
}

interface AmountProps {
  readonly video: VideoSettings;
  readonly field: "quality" | "h264_kbps" | "max_fps";
  readonly label: string;
  readonly hint: string;
  readonly testId: string;
  readonly least: number;
  readonly most: number;
  readonly step?: number;
  readonly initial: number;
  readonly text: (value: number) => string;
}

/** One of the numbers that are kept at once. */
function Amount({ video, field, text, ...shown }: AmountProps) {
  const draft = useSignal(video[field]);
  return (
    <Slider
      {...shown}
      value={draft.value}
      text={text(draft.value)}
      onMove={(value) => (draft.value = value)}
      onDone={() => void runtimePage.change({ video: { [field]: draft.peek() } })}
    />
  );
}

function Bitrate({ video }: { readonly video: VideoSettings }) {
  const text = (kbps: number) => t("strip.rate", { rate: number(kbps) });
  return <Amount video={video} field="h264_kbps" label={t("video.kbps")} hint={t("video.kbps.hint")} testId="video-kbps" least={25} most={20000} step={25} initial={KBPS} text={text} />;
}

function Quality({ video }: { readonly video: VideoSettings }) {
  return <Amount video={video} field="quality" label={t("video.quality")} hint={t("video.quality.hint")} testId="video-quality" least={1} most={100} initial={QUALITY} text={(quality) => number(quality)} />;
}

function Rate({ video }: { readonly video: VideoSettings }) {
  const text = (fps: number) => (fps === 0 ? t("video.rate.source") : t("video.rate.fps", { fps: number(fps) }));
  return <Amount video={video} field="max_fps" label={t("video.rate")} hint={t("video.rate.hint")} testId="video-rate" least={0} most={Math.max(MOST_FPS, video.max_fps)} initial={0} text={text} />;
}

function Size({ size }: { readonly size: PictureSize }) {
  const now = nameOf(size.trial ?? size);
  const all = SIZES.includes(now) ? SIZES : [...SIZES, now];
  const left = sizePage.left.value;
  return (
    <>
      <Select
        label={t("video.size")}
        values={all}
        value={now}
        text={(name) => (name === "0x0" ? t("video.size.source") : name.replace("x", "×"))}
        testId="video-size"
        onChoose={(name) => void sizePage.choose(name)}
      />
      <p class="field-note">{t("video.size.hint")}</p>
      {left !== null && (
        <div class="trial on" role="status" data-testid="video-trial">
          <div class="trial-words">
            <strong>{t("video.trial.title")}</strong>
            <p>{t("video.trial.text", { seconds: number(left) })}</p>
          </div>
          <div class="trial-actions">
            <button type="button" class="button primary" data-testid="video-trial-keep" onClick={() => void sizePage.keep()}>
              {t("video.trial.keep")}
            </button>
            <button type="button" class="button" data-testid="video-trial-undo" onClick={() => void sizePage.undo()}>
              {t("video.trial.undo")}
            </button>
          </div>
        </div>
      )}
    </>
  );
}
