// One WebSocket that comes back. Framework-free; the socket, the clock, the timer and chance are handed in.
//
//   connecting ──open──► open ──close──► lost ──back-off | retryNow──► connecting
//        └──────close──────────────────►  ▲
//   any ──close 4401 | end()──► ended ──start()──► connecting

/** The close code of a session that ended: log in again. */
export const SESSION_ENDED = 4401;
const GOING_AWAY = 1001;
/** The close code of an appliance that is shut down. */
export const SWITCHED_OFF = 4410;

export type Link =
  | { readonly is: "connecting" }
  | { readonly is: "open" }
  /** `restarting`: the appliance said goodbye and comes back. `off`: it does not, by itself. `refused`: it never opened. */
  | { readonly is: "lost"; readonly why: "network" | "restarting" | "off" | "refused"; readonly retryAtMs: number }
  /** `session`: the appliance wants a new login. `owner`: this page wants no connection. */
  | { readonly is: "ended"; readonly why: "session" | "owner" };

/** What this file uses of a WebSocket. */
export interface Wire {
  onopen: (() => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  readonly bufferedAmount: number;
  /** 1 = open; the other side may have begun to close before its close event is here. */
  readonly readyState: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

const OPEN = 1;

export interface SocketEdges {
  open(): Wire;
  nowMs(): number;
  /** Calls back once; returns how to call that off. */
  after(delayMs: number, callback: () => void): () => void;
  /** 0..1 */
  random(): number;
  /** Browsers slow the timers of a page that nobody sees: silence proves nothing then. */
  hidden(): boolean;
}

export interface SocketOwner {
  linkChanged(link: Link): void;
  received(data: string | ArrayBuffer): void;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5000;
/** A connection that lived this long was a good one: the next loss starts from the first delay. */
const STABLE_MS = 5000;
const OPEN_LIMIT_MS = 8000;
/** The owner asks something every few seconds; so much silence means a dead path that TCP has not noticed. */
export const SILENCE_LIMIT_MS = 8000;

export class Socket {
  #wire: Wire | null = null;
  #link: Link = { is: "ended", why: "owner" };
  #attempts = 0;
  #openedMs = 0;
  #heardMs = 0;
  #callOff: () => void = () => {};
  /** What the appliance's goodbye meant. */
  #goodbye: "restarting" | "off" | null = null;

  constructor(
    private readonly edges: SocketEdges,
    private readonly owner: SocketOwner,
  ) {}

  get link(): Link {
    return this.#link;
  }

  /** Bytes that wait for the network; the owner stops sending what can be left out. */
  get backlog(): number {
    return this.#wire?.bufferedAmount ?? 0;
  }

  start(): void {
    if (this.#link.is !== "ended") return;
    this.#attempts = 0;
    this.#connect();
  }

  /** The waiting is over: the network is back, the page is visible again, or the operator asks. */
  retryNow(): void {
    if (this.#link.is === "lost") this.#connect();
  }

  /** `false` when there is no open connection. */
  send(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.#link.is !== "open" || this.#wire?.readyState !== OPEN) return false;
    this.#wire.send(bytes);
    return true;
  }

  /** Stops for good, until `start`. */
  end(): void {
    this.#leave();
    this.#become({ is: "ended", why: "owner" });
  }

  #connect(): void {
    this.#leave();
    this.#become({ is: "connecting" });
    const wire = this.edges.open();
    this.#wire = wire;
    wire.onopen = () => this.#opened();
    wire.onclose = ({ code }) => this.#closed(code);
    wire.onmessage = ({ data }) => {
      this.#heardMs = this.edges.nowMs();
      if (typeof data === "string" || data instanceof ArrayBuffer) this.owner.received(data);
    };
    this.#callOff = this.edges.after(OPEN_LIMIT_MS, () => this.#closed(1006));
  }

  #opened(): void {
    this.#callOff();
    this.#openedMs = this.#heardMs = this.edges.nowMs();
    this.#become({ is: "open" });
    this.#watch();
  }

  /** Gives up on a connection that is silent for too long. */
  #watch(): void {
    if (this.edges.hidden()) this.#heardMs = this.edges.nowMs();
    const leftMs = this.#heardMs + SILENCE_LIMIT_MS - this.edges.nowMs();
    if (leftMs <= 0) return this.#closed(1006);
    this.#callOff = this.edges.after(leftMs, () => this.#watch());
  }

  #closed(code: number): void {
    const wasOpen = this.#link.is === "open";
    this.#leave();
    if (code === SESSION_ENDED) return this.#become({ is: "ended", why: "session" });
    if (wasOpen && this.edges.nowMs() - this.#openedMs >= STABLE_MS) this.#attempts = 0;
    const delayMs = this.#nextDelayMs();
    // While the appliance restarts, attempts fail; it is still the restart that one waits for.
    const why = goodbyeOf(code) ?? (wasOpen ? "network" : (this.#goodbye ?? "refused"));
    this.#callOff = this.edges.after(delayMs, () => this.#connect());
    this.#become({ is: "lost", why, retryAtMs: this.edges.nowMs() + delayMs });
  }

  #nextDelayMs(): number {
    const steadyMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    // Half of it is chance, so that many pages do not all come back at once.
    return steadyMs / 2 + (steadyMs / 2) * this.edges.random();
  }

  #leave(): void {
    this.#callOff();
    this.#callOff = () => {};
    if (!this.#wire) return;
    const wire = this.#wire;
    this.#wire = null;
    wire.onopen = wire.onclose = wire.onmessage = null;
    wire.close();
  }

  #become(link: Link): void {
    if (link.is !== "connecting") this.#goodbye = link.is === "lost" && (link.why === "restarting" || link.why === "off") ? link.why : null;
    this.#link = link;
    this.owner.linkChanged(link);
  }
}

function goodbyeOf(code: number): "restarting" | "off" | null {
  if (code === SWITCHED_OFF) return "off";
  return code === GOING_AWAY ? "restarting" : null;
}
