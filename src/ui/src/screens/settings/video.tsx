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

function Bitrate({ video }: { readonly video: VideoSettings }) {
  const draft = useSignal(video.h264_kbps);
  return (
    <Slider
      label={t("video.kbps")}
      testId="video-kbps"
      value={draft.value}
      least={25}
      most={20000}
      step={25}
      text={t("strip.rate", { rate: number(draft.value) })}
      hint={t("video.kbps.hint")}
      initial={KBPS}
      onMove={(value) => (draft.value = value)}
      onDone={() => void runtimePage.change({ video: { h264_kbps: draft.peek() } })}
    />
  );
}

function Quality({ video }: { readonly video: VideoSettings }) {
  const draft = useSignal(video.quality);
  return (
    <Slider
      label={t("video.quality")}
      testId="video-quality"
      value={draft.value}
      least={1}
      most={100}
      text={number(draft.value)}
      hint={t("video.quality.hint")}
      initial={QUALITY}
      onMove={(value) => (draft.value = value)}
      onDone={() => void runtimePage.change({ video: { quality: draft.peek() } })}
    />
  );
}

function Rate({ video }: { readonly video: VideoSettings }) {
  const draft = useSignal(video.max_fps);
  return (
    <Slider
      label={t("video.rate")}
      testId="video-rate"
      value={draft.value}
      least={0}
      most={Math.max(MOST_FPS, video.max_fps)}
      text={draft.value === 0 ? t("video.rate.source") : t("video.rate.fps", { fps: number(draft.value) })}
      hint={t("video.rate.hint")}
      initial={0}
      onMove={(value) => (draft.value = value)}
      onDone={() => void runtimePage.change({ video: { max_fps: draft.peek() } })}
    />
  );
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
