// `farseat simulate` as the tests need it: on a free port, with its own data, and a line to its target.

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Lines } from "./lines.js";
import { Program } from "./program.js";

const BINARY = process.env["FARSEAT"] ?? "../../target/release/farseat";
const START_LIMIT_MS = 20_000;
const WAIT_S = 10;

export class Simulator {
  url = "";
  readonly #data = mkdtempSync(join(tmpdir(), "farseat-e2e-"));
  #program: Program | undefined;
  #target: Lines | undefined;

  static async start(): Promise<Simulator> {
    const simulator = new Simulator();
    await simulator.#run("127.0.0.1:0");
    return simulator;
  }

  /** Ends it and starts it again at the same address with the same data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.startAgain();
  }

  async startAgain(): Promise<void> {
    await this.#run(`127.0.0.1:${new URL(this.url).port}`);
  }

  async stop(): Promise<void> {
    this.#target?.close();
    await this.#program?.end();
  }

  /** Until it ends by itself. */
  async ended(): Promise<void> {
    this.#target?.close();
    await this.#program?.ended();
  }

  /** Asks the target, or pulls one of its levers; the words are those of the simulator's questions port. */
  async ask(question: string): Promise<Record<string, unknown>> {
    this.#target!.say(question);
    const answer = JSON.parse(await this.#target!.next()) as Record<string, unknown>;
    if (answer["ok"] !== true) throw new Error(`${question}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Until the target has read this. */
  async typed(text: string): Promise<Record<string, unknown>> {
    return this.until(`typed ${JSON.stringify(text)}`);
  }

  /** What a request says that is none of the page's own. */
  get headers(): { Origin: string } {
    return { Origin: new URL(this.url).origin };
  }

  /** Until it is so on the target; fails after ten seconds with what is so instead. */
  async until(condition: string): Promise<Record<string, unknown>> {
    return this.ask(`wait ${WAIT_S} ${condition}`);
  }

  async #run(listen: string): Promise<void> {
    const args = ["simulate", "--listen", listen, "--data", this.#data, "--questions", "127.0.0.1:0"];
    this.#program = new Program(BINARY, args);
    let questions = "";
    this.url = await this.#program.line((line) => {
      questions = /^questions about the target: (.+)$/.exec(line)?.[1] ?? questions;
      return /^https:\/\/\S+$/.exec(line)?.[0];
    }, START_LIMIT_MS);
    this.#target = await Lines.open(questions);
    await this.until("power running");
  }
}
