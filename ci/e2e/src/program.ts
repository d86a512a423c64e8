// A program that tells on standard output when it is ready. Ends with the tests, whatever happens.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const running = new Set<ChildProcess>();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Program {
  /** What it said, for the message of a failure. */
  readonly said: string[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    running.add(this.#child);
    // A program that cannot be started says so with an error instead of an exit.
    this.#exited = once(this.#child, "exit")
      .catch((error: Error) => this.#heard(error.message))
      .finally(() => running.delete(this.#child));
    createInterface({ input: this.#child.stderr! }).on("line", (line) => this.#heard(line));
  }

  /** The first line of standard output that `read` takes. */
  async line<T>(read: (line: string) => T | undefined, limitMs: number): Promise<T> {
    const lines = createInterface({ input: this.#child.stdout! });
    return new Promise((found, failed) => {
      const fail = (why: string) => failed(new Error(`${why}\n${this.said.join("\n")}`));
      const limit = setTimeout(() => fail(`not ready within ${limitMs} ms`), limitMs);
      void this.#exited.then(() => fail("ended before it was ready"));
      lines.on("line", (line) => {
        this.#heard(line);
        const value = read(line);
        if (value === undefined) return;
        clearTimeout(limit);
        found(value);
      });
    });
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.#child.kill(signal);
    await this.#exited;
  }

  /** Until it ends by itself. */
  async ended(): Promise<void> {
    await this.#exited;
  }

  #heard(line: string): void {
    this.said.push(line);
    if (this.said.length > 200) this.said.shift();
  }
}
