// A TCP connection that speaks in lines.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

export class Lines {
  readonly #socket: Socket;
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #unread: string[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => undefined); // The other side may be ended by the test.
    createInterface({ input: socket }).on("line", (line) => {
      const next = this.#waiting.shift();
      if (next) next(line);
      else this.#unread.push(line);
    });
  }

  static async open(address: string): Promise<Lines> {
    const [host, port] = address.split(":");
    const socket = connect(Number(port), host);
    await once(socket, "connect");
    return new Lines(socket);
  }

  say(line: string): void {
    this.#socket.write(`${line}\n`);
  }

  async next(): Promise<string> {
    const unread = this.#unread.shift();
    if (unread !== undefined) return unread;
    return new Promise((found) => this.#waiting.push(found));
  }

  close(): void {
    this.#socket.destroy();
  }
}
