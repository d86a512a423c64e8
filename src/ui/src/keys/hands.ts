// Fingers, the mouse and the keyboard's own walk over the keys of the screen → `Presses` → the target. The edge: the only file of
// the on-screen keyboard that listens for input.

import { effect, signal } from "@preact/signals";
import type { Witness } from "../console/control.ts";
import type { Holder, Session } from "../console/session.ts";
import type { ControlEvent } from "../protocol/control.ts";
import { place } from "../settings/place.ts";
import { Presses } from "./presses.ts";
import { type Direction, nearest } from "./steer.ts";

/** No pointer has it. */
const KEYBOARD = -1;
const WALK: Readonly<Record<string, Direction>> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

export class Hands implements Holder, Witness {
  readonly presses = new Presses();
  /** Grows at each change of what is down. */
  readonly turn = signal(0);
  /** The key that has the focus, or had it last. */
  readonly at = signal<string | null>(null);

  #sending = false;

  constructor(private readonly session: Session) {}

  get holding(): boolean {
    return this.presses.holding;
  }

  forget(): void {
    this.presses.forget();
    this.turn.value = this.turn.peek() + 1;
  }

  /** Until the returned function is called. */
  watch(frame: HTMLElement): () => void {
    const leave = [this.session.join(this), this.session.control.watch(this)];
    const stop = new AbortController();
    const options = { signal: stop.signal };
    this.#watchPointers(frame, options);
    this.#watchKeys(frame, options);
    const release = () => this.release();
    for (const type of ["blur", "pagehide"] as const) window.addEventListener(type, release, options);
    document.addEventListener("visibilitychange", () => document.hidden && release(), options);
    // Behind a dialog nobody sees what is held, and a text that is pasted would be typed with it.
    const covered = effect(() => void ((this.session.dialog.value !== "none" || place.value) && this.release()));
    if (this.session.keyboard.peek() === "focused") keysIn(frame)[0]?.focus();
    return () => {
      this.release();
      covered();
      for (const end of leave) end();
      stop.abort();
    };
  }

  /** Keys and clicks from elsewhere. */
  sent(_sequence: number, event: ControlEvent): void {
    if (!this.#sending) this.#send(this.presses.elsewhere(event));
  }

  answered(): void {}

  ended(): void {}

  release(): void {
    this.#send(this.presses.release());
  }

  #watchPointers(frame: HTMLElement, options: AddEventListenerOptions): void {
    frame.addEventListener("pointerdown", (event) => {
      const key = keyOf(event);
      if (!key || event.button !== 0) return;
      // Its end comes to this key, wherever the finger is by then.
      key.setPointerCapture(event.pointerId);
      this.#down(key, event.pointerId);
    }, options);
    // Not of the board: the key may be gone by then, because the layout changed under the finger.
    for (const type of ["pointerup", "pointercancel"] as const) {
      window.addEventListener(type, (event) => this.presses.isPressed(event.pointerId) && this.#up(event.pointerId), { ...options, capture: true });
    }
    // The picture keeps the keys: a press with the mouse does not take the focus.
    frame.addEventListener("mousedown", (event) => keyOf(event) && event.preventDefault(), options);
    frame.addEventListener("contextmenu", (event) => event.preventDefault(), options);
    // A click that no pointer made is one of a screen reader or of voice control.
    frame.addEventListener("click", (event) => {
      const key = keyOf(event);
      if (!key || event.detail !== 0) return;
      this.#down(key, KEYBOARD);
      this.#up(KEYBOARD);
    }, options);
  }

  #watchKeys(frame: HTMLElement, options: AddEventListenerOptions): void {
    frame.addEventListener("keydown", (event) => this.#keyDown(event, frame), options);
    window.addEventListener("keyup", (event) => this.#keyUp(event), { ...options, capture: true });
    frame.addEventListener("focusin", (event) => (this.at.value = keyOf(event)?.dataset["code"] ?? this.at.peek()), options);
    frame.addEventListener("focusout", () => this.#up(KEYBOARD), options);
  }

  #keyDown(event: KeyboardEvent, frame: HTMLElement): void {
    if (event.key === "Escape") return this.#leave(event);
    const key = keyOf(event);
    if (!key) return;
    const direction = WALK[event.key];
    if (direction) {
      this.#up(KEYBOARD);
      step(key, keysIn(frame), direction);
    } else if (event.key === "Enter" || event.key === " ") {
      if (!event.repeat) this.#down(key, KEYBOARD);
    } else return;
    event.preventDefault();
  }

  #keyUp(event: KeyboardEvent): void {
    if ((event.key !== "Enter" && event.key !== " ") || !this.presses.isPressed(KEYBOARD)) return;
    this.#up(KEYBOARD);
    event.preventDefault();
  }

  #leave(event: KeyboardEvent): void {
    event.preventDefault();
    this.session.focusPicture();
  }

  #down(key: HTMLElement, finger: number): void {
    // Without control nothing is down, and the session says why.
    if (!this.session.control.active.peek()) return this.session.refuse();
    this.#send(this.presses.down(key.dataset["code"]!, finger, performance.now()));
  }

  #up(finger: number): void {
    this.#send(this.presses.up(finger, performance.now()));
  }

  #send(events: readonly ControlEvent[]): void {
    this.#sending = true;
    if (events.length > 0) this.session.act(events);
    this.#sending = false;
    this.turn.value = this.turn.peek() + 1;
  }
}

function keyOf(event: Event): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>("[data-code]") : null;
}

/** Those that are shown. */
function keysIn(frame: HTMLElement): HTMLElement[] {
  return [...frame.querySelectorAll<HTMLElement>("[data-code]")].filter((key) => key.offsetParent !== null);
}

function step(from: HTMLElement, keys: readonly HTMLElement[], direction: Direction): void {
  const boxes = keys.map((key) => key.getBoundingClientRect());
  keys[nearest(boxes, keys.indexOf(from), direction)]?.focus();
}
