// The network page's hands: asks the appliance how things are, sends a change, sees it through. What follows from an
// answer is decided in `change.ts`; the appliance, the clock and the timer come from `live.ts`.

import { computed, signal } from "@preact/signals";
import { ApiError } from "../api/client.ts";
import { type Accepted, type Network, type NetworkApi, type NetworkSettings } from "../api/network.ts";
import { type Change, isUnderWay, keepsByItself, type News, NONE, secondsLeft, step } from "./change.ts";
import { type Draft, draftOf, errorsOf, type FieldErrors, type FieldName, refusedField, sameSettings, settingsOf } from "./form.ts";

/** Between two looks at the appliance while somebody looks at the page. */
const LOOK_MS = 3000;
/** While a change is on trial. */
const TRIAL_LOOK_MS = 1000;
/** What the appliance promises; for a change whose answer got lost with the old address. */
const TRIAL_S = 60;

export interface Edges {
  readonly api: NetworkApi;
  readonly nowMs: () => number;
  /** Gives back what cancels it. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

/** Why nothing could be done; `message` is the appliance's own. */
export type Trouble = { readonly is: "unreachable" } | { readonly is: "refused"; readonly message: string; readonly field: FieldName | null };

export class NetworkPage {
  /** What the appliance said last; `null` until it did. */
  readonly network = signal<Network | null>(null);
  /** It did not answer the last question. */
  readonly silent = signal(false);
  readonly draft = signal<Draft | null>(null);
  readonly change = signal<Change>(NONE);
  readonly trouble = signal<Trouble | null>(null);
  /** Somebody looks at it. */
  readonly shown = signal(false);
  readonly left = signal<number | null>(null);
  /** Apply was tried: mistakes are shown from now on, not while somebody still types. */
  readonly tried = signal(false);
  readonly errors = computed<FieldErrors>(() => (this.draft.value ? errorsOf(this.draft.value) : {}));
  readonly edited = computed(() => {
    const [draft, network] = [this.draft.value, this.network.value];
    return draft !== null && network !== null && !sameSettings(settingsOf(draft), network.settings);
  });

  #looking = false;
  #cancelLook = () => {};
  #cancelTick = () => {};
  #keepFound = false;
  #startOver = false;

  constructor(private readonly edges: Edges) {}

  /** The page is seen: follow the appliance. `keep`: it was opened at a new address to keep the change. */
  show(keep = false): void {
    this.shown.value = true;
    this.#keepFound ||= keep;
    void this.look();
  }

  hide(): void {
    this.shown.value = false;
    if (isUnderWay(this.change.peek())) return;
    this.#cancelLook();
    this.dismiss();
  }

  edit(part: Partial<Draft>): void {
    const draft = this.draft.peek();
    if (draft) this.draft.value = { ...draft, ...part };
    this.trouble.value = null;
    this.dismiss();
  }

  /** How the last change ended has been read. */
  dismiss(): void {
    this.#hear({ type: "dismissed" });
  }

  discard(): void {
    const network = this.network.peek();
    if (network) this.draft.value = draftOf(network.settings);
    this.tried.value = false;
    this.trouble.value = null;
  }

  async apply(): Promise<void> {
    const draft = this.draft.peek();
    this.tried.value = true;
    this.trouble.value = null;
    if (!draft || isUnderWay(this.change.peek()) || Object.keys(this.errors.peek()).length > 0) return;
    const wanted = settingsOf(draft);
    this.#hear({ type: "apply", wanted });
    try {
      this.#accepted(await this.edges.api.put(wanted));
    } catch (caught) {
      this.#notSent(wanted, errorOf(caught));
    }
    void this.look();
  }

  async confirm(): Promise<void> {
    await this.#decide(this.edges.api.confirm, { type: "confirmed" });
  }

  async revert(): Promise<void> {
    await this.#decide(this.edges.api.revert, { type: "reverted" });
    this.#startOver = this.change.peek().is === "undone";
  }

  /** Asks how things are, acts on it, and plans the next look. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    this.#cancelLook();
    try {
      await this.#answered(await this.edges.api.get());
    } catch {
      // A refusal is no answer either: without a session the console asks for the login, and the next look succeeds.
      this.silent.value = true;
      this.#hear({ type: "silence" });
    } finally {
      this.#looking = false;
    }
    this.#plan();
  }

  async #answered(network: Network): Promise<void> {
    const { is } = this.change.peek();
    const untouched = !this.edited.peek() && is !== "sending" && is !== "trying";
    this.silent.value = false;
    this.network.value = network;
    this.#hear({ type: "answered", network, nowMs: this.edges.nowMs() });
    // What was tried and not kept stays in the fields, to be corrected.
    if (untouched || this.#startOver) this.draft.value = draftOf(network.settings);
    this.#startOver = false;
    const change = this.change.peek();
    if (keepsByItself(change, network)) await this.confirm();
    else if (change.is === "foreign" && this.#keepFound) {
      this.#keepFound = false;
      await this.confirm();
    }
  }

  #accepted(accepted: Accepted): void {
    this.tried.value = false;
    this.#hear({ type: "accepted", accepted, nowMs: this.edges.nowMs() });
  }

  #notSent(wanted: NetworkSettings, error: ApiError): void {
    // The new address may be in use already, and the answer lost on the way to the old one.
    if (error.status === 0) return this.#accepted({ confirm_within_s: TRIAL_S, reach: guess(wanted) });
    this.#hear({ type: "refused" });
    this.trouble.value = { is: "refused", message: error.message, field: refusedField(error.message) };
  }

  async #decide(tell: () => Promise<void>, done: News): Promise<void> {
    if (!isUnderWay(this.change.peek())) return;
    this.trouble.value = null;
    try {
      await tell();
      this.#hear(done);
    } catch (caught) {
      const error = errorOf(caught);
      // 409: it was decided meanwhile; the next look says how.
      if (error.status === 0) this.trouble.value = { is: "unreachable" };
      else if (error.status !== 409) this.trouble.value = { is: "refused", message: error.message, field: null };
    }
    void this.look();
  }

  #hear(news: News): void {
    this.change.value = step(this.change.peek(), news);
    this.#tick();
  }

  /** Keeps the countdown going as long as there is one. */
  #tick(): void {
    this.#cancelTick();
    this.left.value = secondsLeft(this.change.peek(), this.edges.nowMs());
    if (this.left.peek()) this.#cancelTick = this.edges.after(250, () => this.#tick());
  }

  #plan(): void {
    this.#cancelLook();
    const underWay = isUnderWay(this.change.peek());
    if (!this.shown.peek() && !underWay) return;
    this.#cancelLook = this.edges.after(underWay ? TRIAL_LOOK_MS : LOOK_MS, () => void this.look());
  }
}

function guess({ address }: NetworkSettings): string[] {
  return address ? [`https://${address.split("/")[0]}/`] : [];
}

function errorOf(caught: unknown): ApiError {
  if (caught instanceof ApiError) return caught;
  // The answer broke off, or took too long.
  return new ApiError(0, "unreachable", "", 0);
}
