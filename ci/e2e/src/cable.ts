// A network cable between the browser and an appliance, which a test can pull.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Cable {
  readonly #ends = new Set<Socket>();
  readonly #server: Server;
  #plugged = true;

  private constructor(port: number) {
    this.#server = createServer((near) => this.#carry(near, port));
  }

  static async to(url: string): Promise<Cable> {
    const cable = new Cable(Number(new URL(url).port));
    cable.#server.listen(0, "127.0.0.1");
    await once(cable.#server, "listening");
    return cable;
  }

  /** Where the appliance is at this end. */
  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Everything that was open is cut, and nothing new comes through. */
  pull(): void {
    this.#plugged = false;
    for (const end of this.#ends) end.resetAndDestroy();
  }

  plug(): void {
    this.#plugged = true;
  }

  close(): void {
    this.pull();
    this.#server.close();
  }

  #carry(near: Socket, port: number): void {
    if (!this.#plugged) {
      near.on("error", () => undefined).resetAndDestroy();
      return;
    }
    const far = connect(port, "127.0.0.1");
    for (const [end, other] of [[near, far], [far, near]] as const) {
      this.#ends.add(end);
      end.on("error", () => other.destroy());
      end.on("close", () => this.#ends.delete(end) && other.destroy());
      end.pipe(other);
    }
  }
}
