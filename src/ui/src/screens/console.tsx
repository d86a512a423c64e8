// The console: the picture fills the page, the bar above it, the status strip below.

import "../style/console.css";
import { useSignal } from "@preact/signals";
import { ZoomOut } from "lucide-preact";
import type { ComponentType } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { aligning } from "../console/aligning.ts";
import { reset } from "../console/cable.ts";
import { mouseMode } from "../console/mouse.ts";
import { Session } from "../console/session.ts";
import { toast } from "../console/toasts.ts";
import { device, mayControl, reload } from "../device.ts";
import texts from "../i18n/en.json";
import { learn, t } from "../i18n/index.ts";
import { Bar, BarHandle } from "../parts/bar.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Icon } from "../parts/icon.tsx";
import { LoginForm } from "../parts/login-form.tsx";
import { MacroBar } from "../parts/macro-bar.tsx";
import { Modal } from "../parts/modal.tsx";
import { Notice } from "../parts/notice.tsx";
import { Notices } from "../parts/notices.tsx";
import { Palette } from "../parts/palette.tsx";
import { StatsPanel } from "../parts/stats.tsx";
import { Strip } from "../parts/strip.tsx";
import { Toasts } from "../parts/toasts.tsx";
import { cursor, keyHistory, scaling } from "../preferences.ts";
import { isUserName } from "../rules.ts";
import { closeSettings, place } from "../settings/place.ts";
import { inTheWay } from "../title.ts";
import { Ask } from "./settings/ask.tsx";

learn(texts);

/** First things first. */
const HELP_AFTER_MS = 2000;

export function Console() {
  const session = useMemo(() => new Session(), []);
  useEffect(() => () => session.dispose(), []);
  useHelp(session);
  useTitle(session);
  const chromeShown = session.barShown.value;
  const classes = ["console"];
  if (session.control.active.value) classes.push("typing");
  if (session.fullScreen.value) classes.push("full-screen");
  return (
    <div class={classes.join(" ")} data-testid="console">
      {chromeShown ? <Bar session={session} /> : <BarHandle session={session} />}
      {chromeShown && <Notices />}
      <main class="stage-place">
        <h1 class="unseen">{device.value?.name}</h1>
        <Stage session={session} />
        <ZoomReset session={session} />
        <Notice session={session} />
        {session.statsOpen.value && <StatsPanel session={session} />}
        <MacroBar session={session} />
        {aligning.value && mayControl.value && <LazyAlign session={session} />}
        <Toasts />
      </main>
      {keyHistory.value === "on" && mayControl.value && <LazyHistory session={session} />}
      {session.keyboard.value !== "closed" && mayControl.value && <LazyKeyboard session={session} />}
      {(chromeShown || !session.fullScreen.value) && <Strip session={session} />}
      {session.dialog.value === "palette" && <Palette session={session} />}
      {session.dialog.value === "help" && <LazyHelp session={session} />}
      {session.dialog.value === "usb-reset" && (
        <Ask
          title={t("usb.reset.title")}
          text={t("usb.reset.text")}
          yes={t("usb.reset.yes")}
          no={t("action.cancel")}
          testId="usb-reset"
          onYes={() => void reset()}
          onClose={() => session.openDialog("none")}
        />
      )}
      {session.dialog.value === "paste" && <LazyPaste session={session} />}
      {session.dialog.value === "macros" && <LazyMacros session={session} />}
      {place.value && <LazySettings session={session} />}
      <Confirm />
      {session.expired.value && <Expired session={session} />}
    </div>
  );
}

/** Fetched while the device answers: the help is for when it does not. */
function useHelp(session: Session): void {
  const live = session.feed.painted.value;
  useEffect(() => {
    if (!live) return;
    const timer = setTimeout(() => void loadHelp().catch(() => undefined), HELP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [live]);
}

/** What stands between the operator and the picture is seen among the browser's tabs, too: with the picture, not a frame later. */
function useTitle(session: Session): void {
  const situation = session.situation.value;
  const state = situation?.over === "cover" ? t(`title.${situation.id}`) : null;
  useLayoutEffect(() => {
    inTheWay.value = state;
    return () => void (inTheWay.value = null);
  }, [state]);
}

const loadHelp = async () => (await import("./help/help.tsx")).Help;

function LazyHelp({ session }: { readonly session: Session }) {
  const Help = useLazy(loadHelp, () => {
    toast("help.failed");
    session.openDialog("none");
  });
  return Help ? <Help session={session} /> : null;
}

function LazySettings({ session }: { readonly session: Session }) {
  const Settings = useLazy(
    () => import("./settings/settings.tsx").then((loaded) => loaded.Settings),
    () => {
      toast("settings.failed");
      closeSettings();
    },
  );
  useEffect(() => () => session.focusPicture(), []);
  return Settings ? <Settings /> : null;
}

function LazyAlign({ session }: { readonly session: Session }) {
  const Align = useLazy(
    () => import("./align/align.tsx").then((loaded) => loaded.Align),
    () => {
      toast("align.failed");
      aligning.value = false;
    },
  );
  return Align ? <Align session={session} /> : null;
}

function LazyPaste({ session }: { readonly session: Session }) {
  const Paste = useLazy(
    () => import("./paste/paste.tsx").then((loaded) => loaded.Paste),
    () => {
      toast("paste.failed");
      session.openDialog("none");
    },
  );
  return Paste ? <Paste session={session} /> : null;
}

function LazyKeyboard({ session }: { readonly session: Session }) {
  const Keyboard = useLazy(
    () => import("./keys/keyboard.tsx").then((loaded) => loaded.Keyboard),
    () => {
      toast("osk.failed");
      session.keyboard.value = "closed";
    },
  );
  return Keyboard ? <Keyboard session={session} /> : null;
}

function LazyHistory({ session }: { readonly session: Session }) {
  const History = useLazy(
    () => import("./keys/history.tsx").then((loaded) => loaded.History),
    () => {
      toast("history.failed");
      keyHistory.value = "off";
    },
  );
  return History ? <History session={session} /> : null;
}

function LazyMacros({ session }: { readonly session: Session }) {
  const Macros = useLazy(
    () => import("./macros/macros.tsx").then((loaded) => loaded.Macros),
    () => {
      toast("macro.failed");
      session.openDialog("none");
    },
  );
  return Macros ? <Macros session={session} /> : null;
}

/** A part that is fetched when it is first shown. `lost`: the appliance went away, or was updated and has other file names. */
function useLazy<P>(load: () => Promise<ComponentType<P>>, lost: () => void): ComponentType<P> | null {
  const loaded = useSignal<ComponentType<P> | null>(null);
  useEffect(() => void load().then((part) => (loaded.value = part), lost), []);
  return loaded.value;
}

function Stage({ session }: { readonly session: Session }) {
  const stage = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { canvas } = session.feed;
    canvas.className = "picture";
    canvas.dataset["testid"] = "picture";
    frame.current!.append(canvas);
    session.attach(stage.current!);
    return () => session.detach();
  }, []);
  const { width, height } = session.feed.size.value;
  useEffect(() => {
    const resize = () => setNaturalSize(session.feed.canvas);
    resize();
    // Also how the browser tells of another zoom or another screen.
    window.addEventListener("resize", resize);
    return () => window.removeEventListener("resize", resize);
  }, [width, height]);
  // Whoever chooses a size, and whoever gets another picture, gets all of it.
  useEffect(() => session.zooming.reset(), [width, height, scaling.value]);
  // The target draws its own pointer; beside it this browser's is only in the way.
  const overPicture = session.control.active.value && session.feed.painted.value && mouseMode.value === "absolute";
  const pointer = overPicture ? `cursor-${cursor.value}` : "";
  return (
    <div
      ref={stage}
      class={`stage ${scaling.value} ${width === 0 ? "empty" : pointer}`}
      // Whoever only watches has an ordinary page: no key is kept from the browser.
      role={mayControl.value ? "application" : "img"}
      tabIndex={0}
      aria-label={t("console.picture")}
      aria-description={mayControl.value ? t("console.picture.help") : undefined}
      data-testid="stage"
      data-width={width}
      data-height={height}
    >
      <div ref={frame} class="frame" />
      {mayControl.value && <div class="trackpad">{t("console.trackpad")}</div>}
    </div>
  );
}

/** The way back from a picture that two fingers made larger. */
function ZoomReset({ session }: { readonly session: Session }) {
  const { scale } = session.zooming.zoom.value;
  if (scale === 1) return null;
  const reset = () => {
    session.zooming.reset();
    session.focusPicture();
  };
  return (
    <button type="button" class="button zoom-reset" data-testid="zoom-reset" title={t("zoom.reset.title")} onClick={reset}>
      <Icon of={ZoomOut} />
      {t("zoom.reset")}
    </button>
  );
}

/** One pixel of the picture for one of the screen, whatever the browser's zoom. */
function setNaturalSize(canvas: HTMLCanvasElement): void {
  canvas.style.setProperty("--natural-width", `${canvas.width / devicePixelRatio}px`);
  canvas.style.setProperty("--natural-height", `${canvas.height / devicePixelRatio}px`);
}

function Expired({ session }: { readonly session: Session }) {
  const user = device.value?.user ?? "";
  // A guest's name is none that an account can have, and he has no password.
  const guest = user !== "" && !isUserName(user);
  async function done(): Promise<void> {
    // Somebody else may have logged in here: the page must show whose session it is now.
    await reload();
    session.resume();
  }
  return (
    <Modal title={t("expired.title")} testId="expired">
      <p class="lead">{t(guest ? "expired.guest" : "expired.text")}</p>
      <LoginForm user={guest ? undefined : user} onDone={done} />
    </Modal>
  );
}
