// The console's macros: kept, recorded and run. The edge between the machines beside it and the session.

import { signal } from "@preact/signals";
import type { Session } from "../console/session.ts";
import { toast } from "../console/toasts.ts";
import { macroShelf } from "../preferences.ts";
import { Outcome } from "../protocol/control.ts";
import type { Macro } from "./macro.ts";
import { Recorder } from "./recorder.ts";
import { Runner } from "./runner.ts";
import { MacroStore } from "./store.ts";

export class MacroDesk {
  readonly store = new MacroStore(macroShelf);
  readonly runner: Runner;
  /** Keys so far; `null`: nothing is recorded. */
  readonly recorded = signal<number | null>(null);
  /** The one that is being edited. */
  readonly draft = signal<Macro | null>(null);

  #recorder: Recorder | null = null;
  #leave: () => void = () => undefined;
  #refused = false;

  constructor(private readonly session: Session) {
    const { control } = session;
    this.runner = new Runner({ act: (events) => session.act(events), open: () => control.active.peek() && !this.#refused, sleep });
    session.join(this.runner);
  }

  async run(macro: Macro): Promise<void> {
    if (!this.session.control.active.peek()) return this.session.refuse();
    this.#refused = false;
    const leave = this.session.control.watch({ sent: () => undefined, answered: (_, outcome) => this.#answered(outcome), ended: () => undefined });
    const end = await this.runner.run(macro);
    leave();
    const lost = this.#refused || !this.session.control.active.peek();
    toast(`macro.end.${end === "stopped" && lost ? "lost" : end}`, { name: macro.name });
  }

  /** What goes to the target from now on, from wherever it comes. */
  record(): void {
    if (this.#recorder) return;
    const recorder = new Recorder(() => performance.now(), () => this.#counted());
    this.#recorder = recorder;
    this.#leave = this.session.control.watch(recorder);
    this.recorded.value = 0;
    this.session.openDialog("none");
  }

  /** Shows what was recorded; not yet kept. */
  finish(name: string): void {
    const steps = this.#recorder?.finish() ?? [];
    this.discard();
    if (steps.length > 0) this.draft.value = { id: this.store.newId(), name, digit: null, steps };
    this.session.openDialog("macros");
  }

  discard(): void {
    this.#leave();
    this.#recorder = null;
    this.recorded.value = null;
  }

  #counted(): void {
    const recorder = this.#recorder!;
    this.recorded.value = recorder.steps.length;
    if (recorder.full) toast("macro.full");
  }

  /** A target that takes no keys gets no further ones. */
  #answered(outcome: Outcome): void {
    if (outcome === Outcome.Accepted) return;
    this.#refused = true;
    this.runner.stop();
  }
}

function sleep(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    stop.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
