// The control socket as the console sees it: sends events in sequence, keeps what the appliance last said.
// Knows nothing of the DOM; `input/bindings.ts` gives it events, the chrome reads its signals.

import { computed, signal } from "@preact/signals";
import type { Link } from "../net/socket.ts";
import type { Socket } from "../net/socket.ts";
import {
  type ControlEvent,
  type Controller,
  decodeAcknowledgement,
  decodeState,
  encode,
  type JigglerState,
  type Shown,
  type Leds,
  type Outcome,
  type PointerMode,
  type UsbState,
} from "../protocol/control.ts";

/** While something is held the appliance wants a sign of life at least once a second. */
export const HEARTBEAT_MS = 250;
/** Otherwise a heartbeat only measures the round trip and finds dead connections. */
const IDLE_HEARTBEAT_MS = 2500;
/** So much unsent means that the network stands still: moves would only arrive late. */
const BACKLOG_LIMIT = 2048;

export interface Lease {
  readonly you: boolean;
  readonly controller: Controller | null;
}

/** Sees every event that goes out, and what became of it. */
export interface Witness {
  sent(sequence: number, event: ControlEvent): void;
  /** Of everything up to this number that had no answer yet. */
  answered(sequence: number, outcome: Outcome): void;
  /** There will be no more answers: the connection is gone. */
  ended(): void;
}

export class Control {
  readonly link = signal<Link>({ is: "ended", why: "owner" });
  /** `null` until the appliance has said who is in control. */
  readonly lease = signal<Lease | null>(null);
  readonly viewers = signal<number | null>(null);
  readonly leds = signal<Leds | null>(null);
  readonly usb = signal<UsbState | null>(null);
  /** The target reads the absolute mouse. */
  readonly absoluteRead = signal(true);
  readonly jiggler = signal<JigglerState>("off");
  /** `null` until the appliance has said what the target is shown. */
  readonly shown = signal<Shown | null>(null);
  /** There is an absolute mouse, and the target reads it. */
  readonly hasAbsolute = computed(() => this.absoluteRead.value && this.shown.value?.shown.includes("absolute") !== false);
  readonly roundTripMs = signal<number | null>(null);
  /** Events reach the target. */
  readonly active = computed(() => this.link.value.is === "open" && this.lease.value?.you === true);

  #sequence = 0;
  #asked: { sequence: number; atMs: number } | null = null;
  #lastSentMs = 0;
  readonly #witnesses = new Set<Witness>();

  /** `socket` comes as a question because it needs this object as its owner. */
  constructor(
    private readonly socket: () => Socket,
    private readonly nowMs: () => number,
    private readonly pointerMode: () => PointerMode,
  ) {}

  linkChanged(link: Link): void {
    if (link.is === "open") {
      this.#sequence = 0;
      this.#asked = null;
      this.link.value = link;
      this.#send({ type: "pointerMode", mode: this.pointerMode() });
      return;
    }
    if (link.is === "lost" || link.is === "ended") {
      this.lease.value = null;
      for (const witness of this.#witnesses) witness.ended();
    }
    this.link.value = link;
  }

  received(data: string | ArrayBuffer): void {
    if (typeof data !== "string") return this.#acknowledged(data);
    const state = decodeState(data);
    switch (state?.type) {
      case "lease":
        this.lease.value = { you: state.you, controller: state.controller };
        break;
      case "viewers":
        this.viewers.value = state.count;
        break;
      case "leds":
        this.leds.value = state.leds;
        break;
      case "usb":
        this.usb.value = state.state;
        break;
      case "pointer":
        this.absoluteRead.value = state.absolute;
        break;
      case "jiggler":
        this.jiggler.value = state.state;
        break;
      case "functions":
        this.shown.value = { shown: state.shown, rest: state.rest };
        break;
      case "error":
        console.warn(`control: ${state.code}: ${state.message}`);
        break;
    }
  }

  /** Events of the operator; dropped unless this page is in control. */
  act(events: readonly ControlEvent[]): void {
    if (!this.active.peek()) return;
    const late = this.socket().backlog > BACKLOG_LIMIT;
    for (const event of events) {
      if (late && (event.type === "moveTo" || event.type === "moveBy")) continue;
      this.#send(event);
    }
  }

  /** Until the returned function is called. */
  watch(witness: Witness): () => void {
    this.#witnesses.add(witness);
    return () => this.#witnesses.delete(witness);
  }

  /** Tells the appliance where buttons and wheel go from now on. */
  setPointerMode(mode: PointerMode): void {
    this.#send({ type: "pointerMode", mode });
  }

  takeControl(): void {
    this.#send({ type: "requestControl", takeOver: true });
  }

  giveUpControl(): void {
    this.#send({ type: "giveUpControl" });
  }

  /** Call every `HEARTBEAT_MS`. */
  heartbeat(holding: boolean): void {
    const due = this.nowMs() - this.#lastSentMs >= IDLE_HEARTBEAT_MS;
    if (!due && !(holding && this.active.peek())) return;
    this.#send({ type: "heartbeat" });
    if (!this.#asked) this.#asked = { sequence: this.#sequence, atMs: this.nowMs() };
  }

  #send(event: ControlEvent): void {
    if (!this.socket().send(encode(this.#sequence + 1, event))) return;
    this.#sequence = (this.#sequence + 1) >>> 0;
    if (event.type === "heartbeat") this.#lastSentMs = this.nowMs();
    else for (const witness of this.#witnesses) witness.sent(this.#sequence, event);
  }

  #acknowledged(data: ArrayBuffer): void {
    const acknowledgement = decodeAcknowledgement(data);
    if (!acknowledgement) return;
    const { sequence, outcome } = acknowledgement;
    for (const witness of this.#witnesses) witness.answered(sequence, outcome);
    if (this.#asked && sequence >= this.#asked.sequence) {
      this.roundTripMs.value = this.nowMs() - this.#asked.atMs;
      this.#asked = null;
    }
  }
}
