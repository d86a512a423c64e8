// The DOM's events on the picture → the pure machines → control events. The only file that listens for input.
// Decides nothing that a machine could decide; prevents the browser from acting on what goes to the target.

import type { ControlEvent, PointerMode } from "../protocol/control.ts";
import { POSITION_MAX } from "../protocol/control.ts";
import { type Action, Gestures, type Grip, type Surface, type Touch } from "./gestures.ts";
import { Keyboard, type KeyInput, type Modifiers, type Platform, type Verdict } from "./keyboard.ts";
import { type Box, buttonEdges, isInside, Moves, type Point, toTarget } from "./pointer.ts";
import { type Scroll, Wheel } from "./wheel.ts";

/** The picture, of which a part may be out of sight. All places are on the page. */
export interface ZoomedPicture {
  /** What the picture is seen through. */
  frame(): Box;
  /** A part of it is out of sight. */
  readonly cropped: boolean;
  /** As `Action` has it. */
  pinch(from: Point, to: Point, factor: number): void;
  letGo(): void;
  /** The mouse is here. */
  follow(mouse: Point): void;
  /** The target's pointer is here. */
  reveal(place: Point): void;
}

export interface BindingsOwner {
  act(events: readonly ControlEvent[]): void;
  /** Where the picture is on the page now, with what is out of sight. */
  pictureBox(): Box;
  readonly zooming: ZoomedPicture;
  pointerMode(): PointerMode;
  scroll(): Scroll;
  /** The leader was tapped. */
  leader(): void;
  /** Three fingers were tapped. */
  keyboard(): void;
  /** Relative mode without pointer lock: this click asks for it. */
  lockPointer(): void;
  /** This press only closed a menu, or the page does not control the target: it is not for the target. */
  ignoresPress(): boolean;
}

/** Trackpad pixels count this much on the target, as a fraction of the picture's size. */
const TRACKPAD_GAIN = 1.6;
/** So many pixels of two fingers are one wheel detent. */
const SCROLL_PIXELS = 36;

export class Bindings {
  readonly #keyboard: Keyboard;
  readonly #moves = new Moves();
  readonly #wheel = new Wheel();
  readonly #gestures = new Gestures();
  readonly #stop = new AbortController();
  #buttons = 0;
  #ignoring = false;
  #sawRaw = false;
  #place: Point = { x: POSITION_MAX / 2, y: POSITION_MAX / 2 };
  #scrolled: Point = { x: 0, y: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly stage: HTMLElement,
    private readonly owner: BindingsOwner,
    platform: Platform,
  ) {
    this.#keyboard = new Keyboard(platform);
    this.#bindKeys();
    this.#bindPointer();
    this.#bindEnds();
  }

  /** Keys or buttons are down on the target. */
  get holding(): boolean {
    return this.#keyboard.holding || this.#buttons !== 0 || this.#gestures.holding;
  }

  dispose(): void {
    this.releaseAll();
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  /** Everything up, here and on the target. */
  releaseAll(): void {
    const held = this.holding;
    this.forget();
    if (held) this.owner.act([{ type: "releaseAll" }]);
  }

  /** Everything up here; the appliance has released it on the target already, or another page is in control. */
  forget(): void {
    this.#keyboard.forget();
    this.#moves.forget();
    this.#gestures.cancel();
    this.#buttons = 0;
  }

  #bindKeys(): void {
    this.#on(this.stage, "keydown", (event) => this.#key(event, this.#keyboard.down(keyInput(event))));
    this.#on(this.stage, "keyup", (event) => this.#key(event, this.#keyboard.up(keyInput(event))));
  }

  #key(event: KeyboardEvent, verdict: Verdict): void {
    if (!verdict.handled) return;
    event.preventDefault();
    event.stopPropagation();
    if (verdict.events.length > 0) this.#send([...this.#moves.flush(event.timeStamp), ...verdict.events]);
    if (verdict.leader) this.owner.leader();
    this.#schedule();
  }

  #bindPointer(): void {
    const stage = this.stage;
    this.#on(stage, "pointerdown", (event) => (isTouch(event) ? this.#touchDown(event) : this.#mouse(event)));
    this.#on(stage, "pointerup", (event) => (isTouch(event) ? this.#touchUp(event) : this.#mouse(event)));
    this.#on(stage, "pointermove", (event) => (isTouch(event) ? this.#touchMove(event) : this.#mouse(event)));
    // Ahead of the screen's refresh and at the mouse's own rate, where the browser has it.
    stage.addEventListener("pointerrawupdate", (event) => this.#rawMove(event as PointerEvent), { signal: this.#stop.signal });
    this.#on(stage, "pointercancel", (event) => {
      if (isTouch(event)) this.#perform(this.#gestures.cancel(), event.timeStamp);
      else this.releaseAll();
    });
    this.#on(stage, "wheel", (event) => this.#turn(event), { passive: false });
    // Or the browser would make gestures of its own of them: after a quick stroke, the next tap on a button only ends its fling.
    this.#on(stage, "touchstart", (event) => event.preventDefault(), { passive: false });
    this.#on(stage, "contextmenu", (event) => event.preventDefault());
    // Middle click would scroll or paste, side buttons would leave the page.
    this.#on(stage, "mousedown", (event) => event.button !== 0 && event.preventDefault());
    this.#on(stage, "mouseup", (event) => event.button > 2 && event.preventDefault());
    this.#on(stage, "auxclick", (event) => event.preventDefault());
  }

  /** The moments after which the browser tells us no more about what is held. */
  #bindEnds(): void {
    const release = () => this.releaseAll();
    this.#on(this.stage, "blur", release);
    for (const type of ["blur", "pagehide"] as const) window.addEventListener(type, release, { signal: this.#stop.signal });
    document.addEventListener("visibilitychange", () => document.hidden && release(), { signal: this.#stop.signal });
    // Ctrl+W meant the target's window, not this tab: with a key down, the browser asks before it closes it.
    window.addEventListener("beforeunload", (event) => this.#keyboard.holding && event.preventDefault(), {
      signal: this.#stop.signal,
    });
  }

  #mouse(event: PointerEvent): void {
    if (event.type === "pointerdown") {
      event.preventDefault();
      this.#ignoring = this.owner.ignoresPress();
      this.stage.focus({ preventScroll: true });
      if (this.owner.pointerMode() === "absolute") {
        this.stage.setPointerCapture(event.pointerId);
      } else if (!this.#locked) {
        this.#ignoring = true;
        this.owner.lockPointer();
      }
    }
    this.#move(event);
    const edges = this.#ignoring ? [] : buttonEdges(this.#buttons, event.buttons);
    if (edges.length > 0) {
      this.#buttons = event.buttons;
      this.#act(edges, event);
    }
    if (event.buttons === 0) this.#ignoring = false;
    this.#schedule();
  }

  #rawMove(event: PointerEvent): void {
    if (isTouch(event)) return;
    this.#sawRaw = true;
    this.#moveNow(event);
    this.#schedule();
  }

  #move(event: PointerEvent): void {
    // In relative mode the raw events have brought this distance already.
    if (this.#sawRaw && event.type === "pointermove" && this.owner.pointerMode() === "relative") return;
    this.#moveNow(event);
  }

  #moveNow(event: PointerEvent): void {
    if (this.#ignoring) return;
    if (this.owner.pointerMode() === "relative") {
      if (this.#locked && event.type !== "pointerdown" && event.type !== "pointerup") {
        this.owner.act(this.#moves.by(event.movementX, event.movementY, event.timeStamp));
      }
      return;
    }
    const point = { x: event.clientX, y: event.clientY };
    this.owner.zooming.follow(point);
    // Outside, the pointer is on its way to the bar; a drag that began inside goes on along the edge.
    if (this.#buttons === 0 && !this.#isOnPicture(point)) return;
    this.#place = toTarget(point, this.owner.pictureBox());
    this.owner.act(this.#moves.to(this.#place, event.timeStamp));
  }

  #isOnPicture(point: Point): boolean {
    return isInside(point, this.owner.pictureBox()) && isInside(point, this.owner.zooming.frame());
  }

  #turn(event: WheelEvent): void {
    event.preventDefault();
    const shift = event.shiftKey;
    this.#act(this.#wheel.turn({ deltaX: event.deltaX, deltaY: event.deltaY, deltaMode: event.deltaMode, shift, timeMs: event.timeStamp }, this.owner.scroll()), event);
  }

  /** Buttons and wheel: after the move that leads there and the modifiers that belong to them. */
  #act(events: readonly ControlEvent[], event: MouseEvent): void {
    if (events.length === 0) return;
    const modifiers = this.#keyboard.beforePointer(modifiersOf(event));
    this.#send([...this.#moves.flush(event.timeStamp), ...modifiers, ...events]);
  }

  #touchDown(event: PointerEvent): void {
    event.preventDefault();
    this.stage.focus({ preventScroll: true });
    if (this.owner.ignoresPress()) return;
    this.stage.setPointerCapture(event.pointerId);
    const onPicture = this.#isOnPicture({ x: event.clientX, y: event.clientY });
    const surface: Surface = onPicture && this.owner.pointerMode() === "absolute" ? "picture" : "trackpad";
    const grip: Grip = !onPicture ? "none" : this.owner.zooming.cropped ? "hold" : "zoom";
    this.#perform(this.#gestures.down(touchOf(event), surface, grip), event.timeStamp);
  }

  #touchMove(event: PointerEvent): void {
    this.#perform(this.#gestures.move(touchOf(event)), event.timeStamp);
  }

  #touchUp(event: PointerEvent): void {
    this.#perform(this.#gestures.up(touchOf(event)), event.timeStamp);
  }

  #perform(actions: readonly Action[], timeMs: number): void {
    for (const action of actions) this.#send(this.#eventsOf(action, timeMs));
    this.#schedule();
  }

  #eventsOf(action: Action, timeMs: number): readonly ControlEvent[] {
    switch (action.do) {
      case "point":
        this.#place = toTarget(action.at, this.owner.pictureBox());
        return this.#moves.to(this.#place, timeMs);
      case "nudge":
        return this.#nudge(action.dx * TRACKPAD_GAIN, action.dy * TRACKPAD_GAIN, timeMs);
      case "press":
      case "release":
        return [...this.#moves.flush(timeMs), { type: "button", button: action.button, down: action.do === "press" }];
      case "scroll":
        return [...this.#moves.flush(timeMs), ...this.#scroll(action.dx, action.dy)];
      case "pinch":
        this.owner.zooming.pinch(action.from, action.to, action.factor);
        return [];
      case "letGo":
        this.owner.zooming.letGo();
        return [];
      case "feel":
        navigator.vibrate?.(15);
        return [];
      case "keyboard":
        this.owner.keyboard();
        return [];
    }
  }

  #nudge(dx: number, dy: number, timeMs: number): readonly ControlEvent[] {
    if (this.owner.pointerMode() === "relative") return this.#moves.by(dx, dy, timeMs);
    const box = this.owner.pictureBox();
    const along = (place: number, distance: number, length: number) =>
      Math.min(POSITION_MAX, Math.max(0, place + (distance / Math.max(1, length)) * POSITION_MAX));
    this.#place = { x: along(this.#place.x, dx, box.width), y: along(this.#place.y, dy, box.height) };
    const part = (place: number, length: number) => (place / POSITION_MAX) * length;
    this.owner.zooming.reveal({ x: box.left + part(this.#place.x, box.width), y: box.top + part(this.#place.y, box.height) });
    return this.#moves.to({ x: Math.round(this.#place.x), y: Math.round(this.#place.y) }, timeMs);
  }

  #scroll(dx: number, dy: number): ControlEvent[] {
    const { vertical: down, horizontal: right } = this.owner.scroll();
    const x = this.#scrolled.x - (dx / SCROLL_PIXELS) * right;
    const y = this.#scrolled.y + (dy / SCROLL_PIXELS) * down;
    const horizontal = Math.trunc(x);
    const vertical = Math.trunc(y);
    this.#scrolled = { x: x - horizontal, y: y - vertical };
    return horizontal === 0 && vertical === 0 ? [] : [{ type: "wheel", vertical, horizontal }];
  }

  #send(events: readonly ControlEvent[]): void {
    if (events.length > 0) this.owner.act(events);
  }

  /** One timer for whichever machine wants to be called first. */
  #schedule(): void {
    clearTimeout(this.#timer);
    const deadlines = [this.#keyboard.deadline, this.#moves.deadline, this.#gestures.deadline].filter((at) => at !== null);
    if (deadlines.length === 0) return;
    const delayMs = Math.max(0, Math.min(...deadlines) - performance.now());
    this.#timer = setTimeout(() => this.#tick(), Math.ceil(delayMs));
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#send(this.#keyboard.tick(nowMs));
    if ((this.#moves.deadline ?? Infinity) <= nowMs) this.#send(this.#moves.flush(nowMs));
    this.#perform(this.#gestures.tick(nowMs), nowMs);
  }

  get #locked(): boolean {
    return document.pointerLockElement === this.stage;
  }

  #on<T extends keyof HTMLElementEventMap>(
    target: HTMLElement,
    type: T,
    listener: (event: HTMLElementEventMap[T]) => void,
    options: AddEventListenerOptions = {},
  ): void {
    target.addEventListener(type, listener as EventListener, { ...options, signal: this.#stop.signal });
  }
}

function isTouch(event: PointerEvent): boolean {
  return event.pointerType === "touch";
}

function touchOf(event: PointerEvent): Touch {
  return { finger: event.pointerId, x: event.clientX, y: event.clientY, timeMs: event.timeStamp };
}

function modifiersOf(event: MouseEvent | KeyboardEvent): Modifiers {
  return { shift: event.shiftKey, control: event.ctrlKey, alt: event.altKey, meta: event.metaKey };
}

function keyInput(event: KeyboardEvent): KeyInput {
  return { code: event.code, key: event.key, repeat: event.repeat, timeMs: event.timeStamp, ...modifiersOf(event) };
}
