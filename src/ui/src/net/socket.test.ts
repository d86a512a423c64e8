import { beforeEach, describe, expect, test } from "vitest";
import { type Link, SESSION_ENDED, SILENCE_LIMIT_MS, Socket, type Wire } from "./socket.ts";

class FakeWire implements Wire {
  onopen: Wire["onopen"] = null;
  onclose: Wire["onclose"] = null;
  onmessage: Wire["onmessage"] = null;
  bufferedAmount = 0;
  readyState = 1;
  sent: number[][] = [];
  closed = false;
  send(bytes: Uint8Array): void {
    this.sent.push([...bytes]);
  }
  close(): void {
    this.closed = true;
  }
}

/** A network and a clock that move when the test says so. */
class World {
  nowMs = 0;
  random = 1;
  hidden = false;
  readonly wires: FakeWire[] = [];
  readonly links: Link[] = [];
  readonly received: (string | ArrayBuffer)[] = [];
  #timers: { atMs: number; callback: () => void }[] = [];
  readonly socket = new Socket(
    {
      open: () => {
        const wire = new FakeWire();
        this.wires.push(wire);
        return wire;
      },
      nowMs: () => this.nowMs,
      after: (delayMs, callback) => {
        const timer = { atMs: this.nowMs + delayMs, callback };
        this.#timers.push(timer);
        return () => (this.#timers = this.#timers.filter((other) => other !== timer));
      },
      random: () => this.random,
      hidden: () => this.hidden,
    },
    { linkChanged: (link) => this.links.push(link), received: (data) => this.received.push(data) },
  );

  get wire(): FakeWire {
    return this.wires.at(-1)!;
  }

  get link(): Link {
    return this.socket.link;
  }

  pass(ms: number): void {
    const end = this.nowMs + ms;
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.nowMs = next.atMs;
      next.callback();
    }
    this.nowMs = end;
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }
}

let world: World;
beforeEach(() => {
  world = new World();
  world.socket.start();
});

describe("the ordinary life", () => {
  test("it connects, opens and passes messages both ways", () => {
    expect(world.link).toEqual({ is: "connecting" });
    world.wire.onopen!();
    expect(world.link).toEqual({ is: "open" });
    world.wire.onmessage!({ data: "hello" });
    expect(world.received).toEqual(["hello"]);
    expect(world.socket.send(new Uint8Array([1, 2]))).toBe(true);
    expect(world.wire.sent).toEqual([[1, 2]]);
  });

  test("nothing is sent before it is open", () => {
    expect(world.socket.send(new Uint8Array([1]))).toBe(false);
    expect(world.wire.sent).toEqual([]);
  });

  test("nothing is sent into a wire that is being closed", () => {
    world.wire.onopen!();
    world.wire.readyState = 2;
    expect(world.socket.send(new Uint8Array([1]))).toBe(false);
    expect(world.wire.sent).toEqual([]);
  });

  test("the backlog is the wire's", () => {
    world.wire.bufferedAmount = 77;
    expect(world.socket.backlog).toBe(77);
  });

  test("starting twice opens one connection", () => {
    world.socket.start();
    expect(world.wires).toHaveLength(1);
  });
});

describe("coming back", () => {
  test("a lost connection is tried again, later each time, never later than five seconds", () => {
    const delays: number[] = [];
    for (let i = 0; i < 8; i++) {
      world.wire.onclose!({ code: 1006 });
      const link = world.link;
      if (link.is !== "lost") throw new Error(link.is);
      delays.push(link.retryAtMs - world.nowMs);
      world.pass(delays.at(-1)!);
      expect(world.link.is).toBe("connecting");
    }
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  });

  test("chance halves the delay at most", () => {
    world.random = 0;
    world.wire.onclose!({ code: 1006 });
    expect(world.link).toEqual({ is: "lost", why: "refused", retryAtMs: 125 });
  });

  test("after a good connection the first delay is short again", () => {
    for (let i = 0; i < 5; i++) {
      world.wire.onclose!({ code: 1006 });
      world.pass(5000);
    }
    world.wire.onopen!();
    for (let i = 0; i < 3; i++) {
      world.pass(2000);
      world.wire.onmessage!({ data: "alive" });
    }
    world.wire.onclose!({ code: 1006 });
    expect(world.link).toEqual({ is: "lost", why: "network", retryAtMs: world.nowMs + 250 });
  });

  test("a connection that dies at once does not reset the delay", () => {
    world.wire.onclose!({ code: 1006 });
    world.pass(250);
    world.wire.onopen!();
    world.wire.onclose!({ code: 1013 });
    expect(world.link).toEqual({ is: "lost", why: "network", retryAtMs: world.nowMs + 500 });
  });

  test("asked to, it tries at once", () => {
    world.wire.onclose!({ code: 1006 });
    world.socket.retryNow();
    expect(world.link.is).toBe("connecting");
    expect(world.wires).toHaveLength(2);
    world.pass(300);
    expect(world.wires).toHaveLength(2);
  });

  test("asked to while open, it does nothing", () => {
    world.wire.onopen!();
    world.socket.retryNow();
    expect(world.wires).toHaveLength(1);
  });

  test("a restart is called one until the appliance is back", () => {
    world.wire.onopen!();
    world.wire.onclose!({ code: 1001 });
    expect(world.link).toMatchObject({ is: "lost", why: "restarting" });
    world.pass(250);
    world.wire.onclose!({ code: 1006 });
    expect(world.link).toMatchObject({ is: "lost", why: "restarting" });
    world.pass(5000);
    world.wire.onopen!();
    world.wire.onclose!({ code: 1006 });
    expect(world.link).toMatchObject({ is: "lost", why: "network" });
  });

  test("an appliance that was shut down is called so until it is back", () => {
    world.wire.onopen!();
    world.wire.onclose!({ code: 4410 });
    expect(world.link).toMatchObject({ is: "lost", why: "off" });
    world.pass(250);
    world.wire.onclose!({ code: 1006 });
    expect(world.link).toMatchObject({ is: "lost", why: "off" });
  });

  test("a connection that does not open in time is given up", () => {
    world.pass(8000);
    expect(world.wires[0]!.closed).toBe(true);
    expect(world.link).toMatchObject({ is: "lost", why: "refused" });
  });

  test("an open connection that falls silent is given up", () => {
    world.wire.onopen!();
    world.pass(SILENCE_LIMIT_MS - 1);
    world.wire.onmessage!({ data: "alive" });
    world.pass(SILENCE_LIMIT_MS - 1);
    expect(world.link.is).toBe("open");
    world.pass(1);
    expect(world.link).toMatchObject({ is: "lost", why: "network" });
  });

  test("while the page is hidden silence proves nothing", () => {
    world.wire.onopen!();
    world.hidden = true;
    world.pass(10 * SILENCE_LIMIT_MS);
    expect(world.link.is).toBe("open");
    world.hidden = false;
    world.pass(SILENCE_LIMIT_MS);
    expect(world.link).toMatchObject({ is: "lost", why: "network" });
  });

  test("a late word from a connection given up is not heard", () => {
    const old = world.wire;
    old.onclose!({ code: 1006 });
    expect(old.onmessage).toBeNull();
    expect(old.onopen).toBeNull();
  });
});

describe("the end", () => {
  test("an ended session is not tried again", () => {
    world.wire.onopen!();
    world.wire.onclose!({ code: SESSION_ENDED });
    expect(world.link).toEqual({ is: "ended", why: "session" });
    world.pass(60_000);
    world.socket.retryNow();
    expect(world.wires).toHaveLength(1);
    expect(world.pendingTimers).toBe(0);
  });

  test("after logging in again it starts anew", () => {
    world.wire.onclose!({ code: SESSION_ENDED });
    world.socket.start();
    expect(world.link).toEqual({ is: "connecting" });
  });

  test("ended by its owner it closes the wire and stays silent", () => {
    world.wire.onopen!();
    world.socket.end();
    expect(world.wire.closed).toBe(true);
    expect(world.links.at(-1)).toEqual({ is: "ended", why: "owner" });
    world.pass(60_000);
    expect(world.wires).toHaveLength(1);
  });
});
