// The video socket, the player and the canvas joined: the edge of `player.ts`. Keeps what the chrome shows as signals.

import { effect, signal } from "@preact/signals";
import { codec } from "../preferences.ts";
import { openSocket } from "../net/browser.ts";
import type { Link, Socket } from "../net/socket.ts";
import {
  CODEC_H264,
  type Coded,
  decodeBinary,
  decodeText,
  encodeAcknowledge,
  encodeClockQuestion,
  type Frame,
  type Signal,
  type Stats,
} from "../protocol/video.ts";
import { ClockOffset } from "./clock.ts";
import { Decoder, knowsH264, type Painting } from "./decoder.ts";
import { type Measurement, Player } from "./player.ts";

/** A page that nobody sees asks for no pictures after this time. */
const HIDDEN_MS = 5000;
const CLOCK_MS = 2000;
/** The first questions come quickly, so that the latency is right from the start. */
const FIRST_QUESTIONS = 5;
const FIRST_CLOCK_MS = 120;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export class Feed {
  readonly link = signal<Link>({ is: "ended", why: "owner" });
  readonly signal = signal<Signal | null>(null);
  readonly stats = signal<Stats | null>(null);
  /** The last painted picture; 0×0 before the first. */
  readonly size = signal<Size>({ width: 0, height: 0 });
  /** What was asked for and came, or why it did not; `null` while JPEG was asked for. */
  readonly coded = signal<Coded | null>(null);
  /** A frame was painted since the signal became live. */
  readonly painted = signal(false);

  readonly canvas = document.createElement("canvas");
  readonly #context = this.canvas.getContext("2d", { alpha: false });
  readonly #clock = new ClockOffset();
  readonly #decoder = new Decoder();
  /** This browser said that it could, and then could not. */
  #cannot = false;
  readonly #player: Player;
  readonly #socket: Socket;
  #clockTimer: ReturnType<typeof setTimeout> | undefined;
  #questions = 0;

  constructor() {
    this.#socket = openSocket(() => this.#path(), this);
    this.#player = new Player(
      {
        decode: (frame) => this.#decoder.decode(frame),
        paint: (picture) => this.#paint(picture as Painting),
        acknowledge: (id) => void this.#socket.send(encodeAcknowledge(id)),
        undecodable: (frame) => this.#undecodable(frame),
        whenShown: (callback) => void requestAnimationFrame(callback),
        nowUs,
      },
      this.#clock,
    );
    this.#stopWhileHidden();
    this.#followCodec();
  }

  start(): void {
    this.#socket.start();
  }

  end(): void {
    this.#socket.end();
  }

  retryNow(): void {
    this.#socket.retryNow();
  }

  /** Asks for the capture anew. */
  restart(): void {
    this.#socket.end();
    this.#socket.start();
  }

  measure(): Measurement {
    return this.#player.measure();
  }

  get hasPicture(): boolean {
    return this.size.peek().width > 0;
  }

  linkChanged(link: Link): void {
    clearTimeout(this.#clockTimer);
    if (link.is === "open") {
      this.#questions = 0;
      this.#clock.forget();
      this.#askClock();
    } else {
      this.#player.disconnected();
      this.#decoder.forget();
      this.signal.value = null;
      this.painted.value = false;
    }
    this.link.value = link;
  }

  received(data: string | ArrayBuffer): void {
    const message = typeof data === "string" ? decodeText(data) : decodeBinary(data);
    switch (message?.type) {
      case "frame":
        this.#player.take(message);
        break;
      case "clock":
        this.#clock.answer(message.token, message.applianceUs, nowUs());
        break;
      case "signal":
        if (message.state !== "live") this.painted.value = false;
        this.signal.value = message;
        break;
      case "stats":
        this.stats.value = message;
        break;
      case "codec":
        this.coded.value = message;
        break;
      case "error":
        console.warn(`video: ${message.code}: ${message.message}`);
        break;
    }
  }

  #path(): string {
    const wanted = codec.peek() === "h264";
    const able = knowsH264() && !this.#cannot;
    this.coded.value = wanted && !able ? { type: "codec", codec: "jpeg", why: "browser" } : null;
    return wanted && able ? "/api/v1/video?codec=h264" : "/api/v1/video";
  }

  /** Another choice is in force at once. */
  #followCodec(): void {
    let last = codec.peek();
    effect(() => {
      if (codec.value === last) return;
      last = codec.value;
      this.#cannot = false;
      if (this.link.peek().is !== "ended") this.restart();
    });
  }

  /** JPEG, which every browser decodes, instead. */
  #undecodable(frame: Frame): void {
    if (frame.codec !== CODEC_H264 || this.#cannot) return;
    this.#cannot = true;
    this.restart();
  }

  #paint(picture: Painting): void {
    const { width, height } = picture;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.size.value = { width, height };
    }
    this.#context?.drawImage(picture.image, 0, 0);
    this.painted.value = this.signal.peek()?.state === "live";
  }

  #askClock(): void {
    this.#socket.send(encodeClockQuestion(this.#clock.ask(nowUs())));
    this.#questions += 1;
    this.#clockTimer = setTimeout(() => this.#askClock(), this.#questions < FIRST_QUESTIONS ? FIRST_CLOCK_MS : CLOCK_MS);
  }

  #stopWhileHidden(): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(timer);
      if (document.hidden) {
        timer = setTimeout(() => {
          stopped = this.link.peek().is !== "ended";
          if (stopped) this.#socket.end();
        }, HIDDEN_MS);
      } else if (stopped) {
        stopped = false;
        this.#socket.start();
      }
    });
  }
}

function nowUs(): number {
  return performance.now() * 1000;
}
