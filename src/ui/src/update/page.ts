// The update page's hands: asks the appliance, sends a bundle, orders restarts, sees an update through. What follows from an
// answer is decided in `journey.ts` and `delivery.ts`; the appliance, clock, timer and storage come from `live.ts`.

import { computed, signal } from "@preact/signals";
import { ApiError } from "../api/client.ts";
import { type Answer, hasSlots, type Update, type UpdateApi } from "../api/update.ts";
import { type Delivery, deliveryOf } from "./delivery.ts";
import { isActive, isUnderWay, type Journey, type News, step } from "./journey.ts";
import { pace, type Sample } from "./pace.ts";
import { type PanelState, stateOf } from "./panel.ts";

/** Between two looks at the appliance while somebody looks at the page. */
const LOOK_MS = 5000;
/** While something goes on. */
const BUSY_LOOK_MS = 1000;
/** The appliance has given a connection up that this page still holds. */
const STALE_LOOKS = 5;

export interface Edges {
  readonly api: UpdateApi;
  /** By a clock that survives a reload. */
  readonly nowMs: () => number;
  /** Gives back what cancels it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  /** The file is still there, and what it was. */
  readonly readable: (file: Blob) => Promise<boolean>;
  readonly keep: (journey: Journey | null) => void;
}

export interface Bundle {
  readonly name: string;
  readonly blob: Blob;
}

/** Why something could not be done; `message` is the appliance's own. */
export type Trouble = { readonly is: "unreachable" | "unreadable" | "unproved" } | { readonly is: "refused"; readonly message: string; readonly next: string };

type Order = { readonly by: "upload" } | { readonly by: "channel" } | { readonly by: "url"; readonly url: string };

export class UpdatePage {
  /** What the appliance said last; `null` until it did. */
  readonly update = signal<Update | null>(null);
  /** Why updates are not possible here, or not yet. */
  readonly unavailable = signal<string | null>(null);
  /** It did not answer the last question. */
  readonly silent = signal(false);
  readonly journey = signal<Journey | null>(null);
  /** The bundle that was chosen. */
  readonly bundle = signal<Bundle | null>(null);
  readonly sending = signal(false);
  /** Whether the appliance restarts by itself when it has installed. */
  readonly restart = signal(true);
  readonly url = signal("");
  readonly trouble = signal<Trouble | null>(null);
  /** An order is on its way. */
  readonly ordering = signal(false);
  readonly checking = signal(false);
  readonly samples = signal<readonly Sample[]>([]);
  readonly nowMs = signal(0);
  /** Somebody looks at it. */
  readonly shown = signal(false);
  /** The appliance runs another system than the one that this page came from. */
  readonly outdated = computed(() => this.update.value !== null && this.#came.value !== null && this.update.value.running !== this.#came.value);
  readonly state = computed<PanelState>(() => stateOf(this.update.value, this.journey.value, this.#read.value));
  readonly delivery = computed<Delivery>(() => {
    const delivery = deliveryOf(this.update.value?.job ?? null, this.bundle.value?.blob.size ?? null, this.sending.value);
    // Not by itself when the appliance did not want it: somebody has to choose again.
    return delivery.is === "resume" && (this.trouble.value?.is === "refused" || this.trouble.value?.is === "unproved") ? { is: "ask" } : delivery;
  });

  readonly #came = signal<Update["running"] | null>(null);
  /** The job whose end was read. */
  readonly #read = signal<number | null>(null);
  #order: Order | null = null;
  #abort: AbortController | null = null;
  #staleLooks = 0;
  #looking = false;
  #cancelLook = () => {};

  constructor(private readonly edges: Edges, kept: Journey | null) {
    this.journey.value = kept;
    this.nowMs.value = edges.nowMs();
  }

  show(): void {
    this.shown.value = true;
    void this.look();
  }

  hide(): void {
    this.shown.value = false;
    if (!this.#busy()) this.#cancelLook();
  }

  /** A file was dropped or chosen. An upload that waits for it goes on at once; a new one waits for a word. */
  choose(name: string, blob: Blob): void {
    this.trouble.value = null;
    this.bundle.value = { name, blob };
    this.#goOn();
  }

  forget(): void {
    this.bundle.value = null;
    this.trouble.value = null;
  }

  async install(): Promise<void> {
    if (!this.bundle.peek() || this.sending.peek()) return;
    this.#begin({ by: "upload" });
    await this.#send(0, this.restart.peek());
  }

  async installUrl(): Promise<void> {
    const url = this.url.peek().trim();
    if (url === "") return;
    this.#begin({ by: "url", url });
    await this.#tell(() => this.edges.api.url(url, this.restart.peek()));
  }

  async installLatest(): Promise<void> {
    this.#begin({ by: "channel" });
    await this.#tell(() => this.edges.api.channel(this.restart.peek()));
  }

  /** The same once more. */
  get canRetry(): boolean {
    return this.#order !== null && (this.#order.by !== "upload" || this.bundle.value !== null);
  }

  async retry(): Promise<void> {
    const order = this.#order;
    this.dismiss();
    if (order?.by === "upload") await this.install();
    if (order?.by === "url") await this.installUrl();
    if (order?.by === "channel") await this.installLatest();
  }

  async cancel(): Promise<void> {
    const told = this.#tell(() => this.edges.api.cancel());
    this.#abort?.abort();
    await told;
  }

  /** Starts the other slot once, on trial. */
  async trial(): Promise<void> {
    const update = this.update.peek();
    if (!update) return;
    await this.#tell(async () => {
      await this.edges.api.trial();
      this.#hear({ type: "ordered", update, nowMs: this.edges.nowMs() });
    });
  }

  async check(): Promise<void> {
    if (this.checking.peek()) return;
    this.checking.value = true;
    this.trouble.value = null;
    try {
      this.#answered(await this.edges.api.check());
    } catch (caught) {
      this.#troubled(caught);
    } finally {
      this.checking.value = false;
    }
  }

  /** How it ended has been read. */
  dismiss(): void {
    const job = this.update.peek()?.job ?? null;
    if (job && !isActive(job)) this.#read.value = job.id;
    this.trouble.value = null;
    this.#hear({ type: "dismissed" });
  }

  /** Asks how things are, acts on it, and plans the next look. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    this.#cancelLook();
    try {
      this.#answered(await this.edges.api.get());
      this.#goOn();
    } catch (caught) {
      // Without a session the console asks for the login, and the next look succeeds.
      this.silent.value = !(caught instanceof ApiError) || caught.status === 0;
      if (this.silent.peek()) this.#hear({ type: "silence", nowMs: this.edges.nowMs() });
    } finally {
      this.#looking = false;
    }
    this.#plan();
  }

  #answered(update: Answer): void {
    const nowMs = this.edges.nowMs();
    this.silent.value = false;
    this.unavailable.value = update.unavailable;
    // Just after a start it may not know yet how the slots stand: that is no news of them.
    if (!hasSlots(update)) return;
    const before = this.update.peek()?.job ?? null;
    this.update.value = update;
    this.#came.value ??= update.running;
    // Not what was chosen since: the job stays in the answers for long.
    if (update.job?.stage === "installed" && isActive(before) && before.id === update.job.id) this.forget();
    this.samples.value = isActive(update.job) ? pace(this.samples.peek(), update.job.done, nowMs) : [];
    this.#hear({ type: "answered", update, nowMs });
    this.#calm(update);
  }

  /** What went wrong on the way is past when the appliance tells what became of it. */
  #calm({ job }: Update): void {
    const told = job?.stage === "failed" && job.id !== this.#read.peek();
    const goesOn = isUnderWay(this.journey.peek()) && this.trouble.peek()?.is === "unreachable";
    if (told || goesOn || this.journey.peek()?.is === "lost") this.trouble.value = null;
  }

  #begin(order: Order): void {
    this.dismiss();
    this.#order = order;
  }

  /** Sends the rest of a file that the appliance waits for. */
  #goOn(): void {
    const job = this.update.peek()?.job;
    // What it waits for while this page sends was sent over a connection that it does not have any more.
    const stale = this.sending.peek() && isActive(job ?? null) && typeof job?.resume_at === "number";
    this.#staleLooks = stale ? this.#staleLooks + 1 : 0;
    if (this.#staleLooks >= STALE_LOOKS) this.#abort?.abort();
    const delivery = this.delivery.peek();
    if (delivery.is !== "resume") return;
    this.#order = { by: "upload" };
    void this.#send(delivery.from, job?.restart ?? true);
  }

  async #send(from: number, restart: boolean): Promise<void> {
    const bundle = this.bundle.peek();
    if (!bundle) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.sending.value = true;
    void this.look();
    try {
      await this.edges.api.put(bundle.blob, from, restart, abort.signal);
      this.sending.value = false;
      this.bundle.value = null;
      void this.look();
    } catch (caught) {
      this.sending.value = false;
      if (!abort.signal.aborted) await this.#notSent(caught, bundle.blob);
      // Not at once: what fails quickly would be tried again and again.
      this.#plan(BUSY_LOOK_MS);
    }
  }

  async #notSent(caught: unknown, blob: Blob): Promise<void> {
    this.#troubled(caught);
    if (this.trouble.peek()?.is !== "unreachable" || (await this.edges.readable(blob))) return;
    this.bundle.value = null;
    this.trouble.value = { is: "unreadable" };
  }

  async #tell(order: () => Promise<void>): Promise<void> {
    this.ordering.value = true;
    this.trouble.value = null;
    try {
      await order();
    } catch (caught) {
      this.#troubled(caught);
    } finally {
      this.ordering.value = false;
    }
    void this.look();
  }

  #troubled(caught: unknown): void {
    if (!(caught instanceof ApiError) || caught.status === 0) this.trouble.value = { is: "unreachable" };
    // The question for the password was left without an answer.
    else if (caught.code === "confirm") this.trouble.value = { is: "unproved" };
    // Without a session the console asks for the login.
    else if (caught.status !== 401) this.trouble.value = { is: "refused", message: caught.message, next: caught.next };
  }

  #hear(news: News): void {
    const before = this.journey.peek();
    const after = step(before, news);
    this.nowMs.value = this.edges.nowMs();
    if (after === before) return;
    this.journey.value = after;
    this.edges.keep(after);
  }

  #busy(): boolean {
    return this.sending.peek() || isUnderWay(this.journey.peek()) || isActive(this.update.peek()?.job ?? null);
  }

  #plan(delayMs?: number): void {
    this.#cancelLook();
    const busy = this.#busy();
    if (!this.shown.peek() && !busy) return;
    this.#cancelLook = this.edges.after(delayMs ?? (busy ? BUSY_LOOK_MS : LOOK_MS), () => void this.look());
  }
}
