// One open console: joins the sockets, the machines and the chrome's signals. What the buttons do is here; how they
// look is in `parts/`. Lives as long as the console screen is shown.

import { computed, effect, signal } from "@preact/signals";
import { ApiError, deviceState, logOut, snapshot } from "../api/client.ts";
import { confirmation } from "../access/confirm.ts";
import { device, mayControl, reload } from "../device.ts";
import { Bindings } from "../input/bindings.ts";
import { chord, platformOf } from "../input/keyboard.ts";
import type { StateId } from "../help/states.ts";
import { type Box, pictureBox } from "../input/pointer.ts";
import { MacroDesk } from "../macros/desk.ts";
import { openSocket } from "../net/browser.ts";
import type { Socket } from "../net/socket.ts";
import { askForNotices } from "../notices/watch.ts";
import { bar, mouseChoice, scaling } from "../preferences.ts";
import { openSettings, type SectionId } from "../settings/place.ts";
import type { ControlEvent } from "../protocol/control.ts";
import { Feed } from "../video/feed.ts";
import { plugInRest, wake } from "./cable.ts";
import { Control, HEARTBEAT_MS } from "./control.ts";
import { lockPointer, releasePointer, saveFile, toggleFullScreen } from "./holds.ts";
import { isOwnWindow, openOwnWindow } from "./own-window.ts";
import { absoluteRead, mouseMode, scroll } from "./mouse.ts";
import { append, type Second, secondOf } from "./series.ts";
import { type ActionId, type Situation, situationOf } from "./situation.ts";
import { toast } from "./toasts.ts";
import { Zooming } from "./zooming.ts";

export type OpenDialog = "none" | "palette" | "help" | "paste" | "macros" | "usb-reset";

/** Whatever beside the picture may have keys down on the target. */
export interface Holder {
  readonly holding: boolean;
  /** The target has let go of everything already. */
  forget(): void;
}

export class Session {
  readonly feed = new Feed();
  readonly zooming = new Zooming(this.feed.canvas, () => this.pictureBox());
  readonly control: Control;
  /** The appliance wants a new login; the last picture stays. */
  readonly expired = signal(false);
  readonly dialog = signal<OpenDialog>("none");
  /** The state that the help is opened about. */
  readonly helpAbout = signal<StateId | null>(null);
  readonly statsOpen = signal(false);
  /** The keyboard on the screen. `focused`: whoever opened it has no mouse, it gets the keys. */
  readonly keyboard = signal<"closed" | "open" | "focused">("closed");
  readonly fullScreen = signal(document.fullscreenElement !== null);
  /** In full screen, and in a window of its own, the picture is alone: the bar is away until it is asked for. */
  readonly #alone = computed(() => isOwnWindow || this.fullScreen.value);
  readonly #barAskedFor = signal(false);
  readonly barShown = computed(() => (this.#alone.value ? this.#barAskedFor.value : bar.value === "open"));
  readonly pointerLocked = signal(false);
  /** The target gets what is typed now. */
  readonly focused = signal(false);
  readonly series = signal<readonly Second[]>([]);
  readonly macros: MacroDesk;
  readonly situation = computed<Situation | null>(() => this.#situation());

  readonly #hidden = signal<string | null>(null);
  readonly #controlSocket: Socket;
  readonly #stop = new AbortController();
  readonly #ends: (() => void)[] = [];
  readonly #holders = new Set<Holder>();
  #bindings: Bindings | null = null;
  #stage: HTMLElement | null = null;
  #dropped: number | null = null;

  constructor() {
    this.control = new Control(() => this.#controlSocket, () => performance.now(), () => mouseMode.peek());
    this.#controlSocket = openSocket(() => "/api/v1/control", this.control);
    this.macros = new MacroDesk(this);
    this.#watchConnections();
    this.#watchInput();
    this.#watchBrowser();
    const beat = setInterval(() => this.control.heartbeat(this.#holding), HEARTBEAT_MS);
    const measure = setInterval(() => this.#measure(), 1000);
    this.#ends.push(() => clearInterval(beat), () => clearInterval(measure));
    this.#start();
  }

  dispose(): void {
    this.detach();
    for (const end of this.#ends) end();
    this.#stop.abort();
    this.feed.end();
    this.#controlSocket.end();
  }

  /** The element that the picture is in; input comes from it. */
  attach(stage: HTMLElement): void {
    this.#stage = stage;
    this.zooming.attach();
    this.#bind();
    this.focusPicture();
  }

  /** Whoever only watches keeps his keys: the Tab key leaves the picture, and the browser's own work. */
  #bind(): void {
    this.#bindings?.dispose();
    this.#bindings = null;
    if (!this.#stage || !mayControl.peek()) return;
    this.#bindings = new Bindings(
      this.#stage,
      {
        act: (events) => this.act(events),
        pictureBox: () => this.pictureBox(),
        zooming: this.zooming,
        pointerMode: () => mouseMode.peek(),
        scroll,
        leader: () => this.openDialog("palette"),
        keyboard: () => this.toggleKeyboard("open"),
        lockPointer: () => void this.#lockPointer(),
        ignoresPress: () => document.querySelector(":popover-open") !== null,
      },
      platformOf(navigator.platform),
    );
  }

  detach(): void {
    this.#bindings?.dispose();
    this.#bindings = null;
    this.zooming.detach();
    this.#stage = null;
  }

  focusPicture(): void {
    this.#stage?.focus({ preventScroll: true });
  }

  /** Until the returned function is called: signs of life while it holds something, and word when all is released. */
  join(holder: Holder): () => void {
    this.#holders.add(holder);
    return () => this.#holders.delete(holder);
  }

  act(events: readonly ControlEvent[]): void {
    if (events.some(({ type }) => type === "releaseAll")) this.#forgetHolders();
    if (this.control.active.peek()) return this.control.act(events);
    const meant = events.some((event) => (event.type === "key" || event.type === "button") && event.down);
    if (meant) this.refuse();
  }

  /** Something was meant for the target, and this page is not in control. */
  refuse(): void {
    if (this.control.lease.peek()) toast("toast.viewOnly");
  }

  /** Keys pressed together, from a menu. */
  send(name: string, codes: readonly string[]): void {
    this.act(chord(...codes));
    if (this.control.active.peek()) toast("toast.sent", { keys: name });
  }

  releaseAll(): void {
    this.#forget();
    this.control.act([{ type: "releaseAll" }]);
    if (this.control.active.peek()) toast("toast.released");
    else toast("toast.viewOnly");
  }

  openDialog(dialog: OpenDialog): void {
    releasePointer();
    this.dialog.value = dialog;
    if (dialog === "none") this.focusPicture();
  }

  openHelp(about: StateId | null): void {
    this.helpAbout.value = about;
    this.openDialog("help");
  }

  /** The window gets the keyboard: nobody types in two places. */
  openWindow(): void {
    if (!openOwnWindow(this.feed.size.peek())) return toast("window.blocked");
    if (this.control.active.peek()) this.control.giveUpControl();
  }

  toggleKeyboard(how: "open" | "focused"): void {
    this.keyboard.value = this.keyboard.peek() === "closed" ? how : "closed";
    if (this.keyboard.peek() !== "focused") this.focusPicture();
  }

  openSettings(section?: SectionId): void {
    releasePointer();
    openSettings(section);
  }

  toggleBar(): void {
    if (this.#alone.peek()) this.#barAskedFor.value = !this.#barAskedFor.peek();
    else bar.value = bar.peek() === "open" ? "closed" : "open";
    this.focusPicture();
  }

  async toggleFullScreen(): Promise<void> {
    const result = await toggleFullScreen();
    if (result === "entered") toast("view.fullScreen.hint");
    if (result === "enteredWithoutKeys") toast("view.fullScreen.noLock");
    if (result === "refused") toast("toast.noFullScreen");
    this.focusPicture();
  }

  async screenshot(): Promise<void> {
    this.focusPicture();
    const stem = `${device.peek()?.name ?? "farseat"}-${timeStamp(new Date())}`;
    try {
      saveFile(await snapshot(), `${stem}.jpg`);
      toast("toast.screenshot");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#saveCanvas(stem);
    }
  }

  async logOut(): Promise<void> {
    try {
      await logOut();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 401) return toast("toast.logOutFailed");
    }
    await reload();
  }

  /** After a new login: on with the same picture. */
  resume(): void {
    this.expired.value = false;
    this.#bind();
    this.#start();
    this.focusPicture();
  }

  perform(action: ActionId): void {
    switch (action) {
      case "tryNow":
        this.feed.retryNow();
        this.#controlSocket.retryNow();
        break;
      case "tryAgain":
        this.feed.restart();
        break;
      case "wake":
        void wake();
        break;
      case "takeControl":
        this.control.takeControl();
        break;
      case "plugIn":
        void plugInRest();
        break;
      case "absolute":
        mouseChoice.value = "absolute";
        break;
      case "hide":
        this.#hidden.value = this.situation.peek()?.id ?? null;
        break;
    }
    this.focusPicture();
  }

  get #holding(): boolean {
    return this.#bindings?.holding === true || [...this.#holders].some(({ holding }) => holding);
  }

  #forget(): void {
    this.#bindings?.forget();
    this.#forgetHolders();
  }

  #forgetHolders(): void {
    for (const holder of this.#holders) holder.forget();
  }

  #start(): void {
    this.feed.start();
    if (mayControl.peek()) this.#controlSocket.start();
  }

  #situation(): Situation | null {
    const lease = this.control.lease.value;
    const situation = situationOf({
      video: this.feed.link.value,
      control: this.control.link.value,
      signal: this.feed.signal.value?.state ?? null,
      usb: this.control.usb.value,
      rest: this.control.shown.value?.rest === true,
      lease,
      painted: this.feed.painted.value,
      watches: !mayControl.value,
      mouseWaits: mouseMode.value === "relative" && !this.pointerLocked.value && matchMedia("(pointer: fine)").matches,
    });
    return situation?.id === this.#hidden.value ? null : situation;
  }

  #watchConnections(): void {
    this.#ends.push(
      effect(() => {
        const links = [this.feed.link.value, this.control.link.value];
        if (links.some((link) => link.is === "ended" && link.why === "session")) this.#expire();
        // A refused socket does not say why; the appliance does. One that restarted has forgotten the session.
        if (links.some((link) => link.is === "lost" && link.why !== "network")) void this.#askWhy();
      }),
      // Each connection may be to an appliance that came up anew.
      effect(() => {
        const link = mayControl.value ? this.control.link.value : this.feed.link.value;
        if (link.is === "open") void askForNotices();
      }),
    );
  }

  #expire(): void {
    if (this.expired.peek()) return;
    releasePointer();
    confirmation.cancel();
    this.dialog.value = "none";
    this.expired.value = true;
    this.feed.end();
    this.#controlSocket.end();
  }

  async #askWhy(): Promise<void> {
    try {
      const state = await deviceState();
      if (state.claim !== "done") await reload();
      else if (!state.user) this.#expire();
    } catch {
      // No answer: the sockets keep trying.
    }
  }

  #watchInput(): void {
    this.#ends.push(
      // Whatever was held is released by the appliance when control or connection goes, and the next one starts clean.
      effect(() => {
        void this.control.active.value;
        this.#forget();
      }),
      effect(() => {
        const mode = mouseMode.value;
        if (mode === "absolute") releasePointer();
        this.control.setPointerMode(mode);
      }),
      effect(() => this.#followTarget(this.control.hasAbsolute.value)),
      // A state that was hidden and went away is shown when it comes again.
      effect(() => {
        const now = situationIdOf(this.control.usb.value);
        if (this.#hidden.peek() !== now) this.#hidden.value = null;
      }),
    );
  }

  /** Which mouse the target reads decides what "automatic" means; a change is said. */
  #followTarget(reads: boolean): void {
    const before = mouseMode.peek();
    absoluteRead.value = reads;
    const mode = mouseMode.peek();
    if (mode !== before) toast(`toast.mouse.${mode}`);
  }

  #watchBrowser(): void {
    const options = { signal: this.#stop.signal };
    document.addEventListener("fullscreenchange", () => {
      this.fullScreen.value = document.fullscreenElement !== null;
      this.#barAskedFor.value = false;
    }, options);
    document.addEventListener("pointerlockchange", () => {
      this.pointerLocked.value = document.pointerLockElement !== null;
      if (!this.pointerLocked.value) this.#bindings?.releaseAll();
    }, options);
    const focusChanged = () => (this.focused.value = document.hasFocus() && document.activeElement === this.#stage);
    for (const type of ["focusin", "focusout"] as const) document.addEventListener(type, () => queueMicrotask(focusChanged), options);
    for (const type of ["focus", "blur"] as const) window.addEventListener(type, focusChanged, options);
  }

  async #lockPointer(): Promise<void> {
    if (!this.#stage) return;
    try {
      await lockPointer(this.#stage);
    } catch (error) {
      toast("toast.noPointerLock", { reason: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Where the picture is on the page now. */
  pictureBox(): Box {
    const { left, top, width, height } = this.feed.canvas.getBoundingClientRect();
    return pictureBox({ left, top, width, height }, this.feed.size.peek(), scaling.peek());
  }

  #saveCanvas(stem: string): void {
    if (!this.feed.hasPicture) return toast("toast.screenshot.failed");
    this.feed.canvas.toBlob((blob) => {
      if (!blob) return toast("toast.screenshot.failed");
      saveFile(blob, `${stem}.png`);
      toast("toast.screenshot");
    }, "image/png");
  }

  #measure(): void {
    const dropped = this.feed.stats.peek()?.dropped ?? null;
    this.series.value = append(this.series.peek(), secondOf(this.feed.measure(), this.#dropped, dropped));
    this.#dropped = dropped;
  }
}

function situationIdOf(usb: string | null): string | null {
  return usb === "disconnected" ? "usb_disconnected" : usb;
}

/** 2026-11-23-14-05-09 in local time. */
export function timeStamp(now: Date): string {
  const parts = [now.getFullYear(), now.getMonth() + 1, now.getDate(), now.getHours(), now.getMinutes(), now.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}
