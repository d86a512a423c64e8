// What the target sees on USB, as a form: what was asked of the appliance, the draft beside it, and what became of a trial.

import { computed, signal } from "@preact/signals";
import { type Trouble, troubleOf } from "../access/trouble.ts";
import { ApiError } from "../api/client.ts";
import type { Port, Tried, UsbApi, UsbProfile, UsbView } from "../api/usb.ts";

/** How long a target may take to find another device; the appliance's own limit. */
export const TRIAL_S = 15;
export const PORTS: readonly Port[] = ["keyboard", "absolute", "relative", "controls"];
const LONGEST_TEXT = 126;

export type Text = "manufacturer" | "product" | "serial" | "vendor_id" | "product_id";

/** As the fields have it. */
export type Draft = Readonly<Record<Text, string>> & Pick<UsbProfile, "functions" | "keyboard_first">;

/** The appliance's own defaults (docs/settings.md). */
export const DEFAULT: UsbProfile = {
  vendor_id: 0x1d6b,
  product_id: 0x0104,
  manufacturer: "Farseat",
  product: "Farseat KVM",
  serial: "",
  functions: [...PORTS],
  keyboard_first: false,
};

export function draftOf(profile: UsbProfile): Draft {
  const { vendor_id, product_id, ...rest } = profile;
  return { ...rest, vendor_id: hex(vendor_id), product_id: hex(product_id) };
}

function hex(id: number): string {
  return id.toString(16).padStart(4, "0");
}

export type Rule = "usb.id.rule" | "usb.id.vendor" | "usb.text.rule";

/** What is wrong with a field; `null` = nothing. */
export function ruleFor(name: Text, value: string): Rule | null {
  if (name === "vendor_id" || name === "product_id") {
    if (!/^[0-9a-f]{1,4}$/i.test(value)) return "usb.id.rule";
    return name === "vendor_id" && Number.parseInt(value, 16) === 0 ? "usb.id.vendor" : null;
  }
  return value.length > LONGEST_TEXT ? "usb.text.rule" : null;
}

/** `null` while a field is wrong. */
export function profileOf(draft: Draft): UsbProfile | null {
  const texts: readonly Text[] = ["manufacturer", "product", "serial", "vendor_id", "product_id"];
  if (texts.some((name) => ruleFor(name, draft[name]))) return null;
  return { ...draft, vendor_id: Number.parseInt(draft.vendor_id, 16), product_id: Number.parseInt(draft.product_id, 16) };
}

/** In the appliance's order, whatever the order of the clicks was. */
export function toggled(functions: readonly Port[], port: Port, on: boolean): Port[] {
  return PORTS.filter((each) => (each === port ? on : functions.includes(each)));
}

/** Endpoints that these functions take, beside the control pipe. */
export function endpointsOf(functions: readonly Port[], { budget }: UsbView): number {
  const taken = budget.functions.filter((cost) => functions.includes(cost.function));
  return taken.reduce((sum, { endpoints }) => sum + endpoints, 0);
}

export type Trial =
  | { readonly is: "none" }
  | { readonly is: "on"; readonly left: number }
  | { readonly is: "done"; readonly trial: Tried["trial"] }
  /** `message` is the appliance's own; empty when it said nothing. */
  | { readonly is: "refused"; readonly code: string; readonly message: string };

export class UsbPage {
  /** `null` until the appliance said so. */
  readonly view = signal<UsbView | null>(null);
  readonly draft = signal<Draft | null>(null);
  readonly trial = signal<Trial>({ is: "none" });
  readonly trouble = signal<Trouble | null>(null);
  readonly changed = computed(() => {
    const [view, draft] = [this.view.value, this.draft.value];
    return view !== null && draft !== null && JSON.stringify(sorted(draftOf(view.profile))) !== JSON.stringify(sorted(draft));
  });

  /** `every` calls back each second until what it gives back is called. */
  constructor(
    private readonly api: UsbApi,
    private readonly every: (callback: () => void) => () => void,
  ) {}

  /** Somebody looks. A draft that is not tried out yet stays. */
  async look(): Promise<void> {
    if (this.trial.peek().is !== "on") this.trial.value = { is: "none" };
    const kept = this.changed.peek();
    if ((await this.#ask()) && !kept) this.discard();
  }

  edit(part: Partial<Draft>): void {
    const draft = this.draft.peek();
    if (draft) this.draft.value = { ...draft, ...part };
  }

  discard(): void {
    const view = this.view.peek();
    if (view) this.draft.value = draftOf(view.profile);
  }

  async apply(): Promise<void> {
    const draft = this.draft.peek();
    const profile = draft && profileOf(draft);
    if (!profile || this.trial.peek().is === "on") return;
    // What was refused stays in the form, to be mended.
    if (await this.#try(() => this.api.change(profile))) this.discard();
  }

  async alone(): Promise<void> {
    await this.#try(this.api.alone);
  }

  async rest(): Promise<void> {
    await this.#try(this.api.rest);
  }

  /** Whether it was done, and what the target sees now is known. */
  async #try(ask: () => Promise<Tried>): Promise<boolean> {
    this.trial.value = { is: "on", left: TRIAL_S };
    const cancel = this.every(() => this.#tick());
    try {
      const { trial } = await ask();
      this.trial.value = { is: "done", trial };
    } catch (error) {
      const { code, message } = error instanceof ApiError ? error : { code: "", message: "" };
      this.trial.value = { is: "refused", code, message };
    } finally {
      cancel();
    }
    const done = this.trial.peek().is === "done";
    return (await this.#ask()) && done;
  }

  async #ask(): Promise<boolean> {
    try {
      this.view.value = await this.api.get();
      this.trouble.value = null;
      return true;
    } catch (caught) {
      this.trouble.value = troubleOf(caught);
      return false;
    }
  }

  #tick(): void {
    const trial = this.trial.peek();
    if (trial.is === "on") this.trial.value = { is: "on", left: Math.max(0, trial.left - 1) };
  }
}

function sorted(draft: Draft): unknown {
  return Object.entries(draft).sort(([a], [b]) => (a < b ? -1 : 1));
}
