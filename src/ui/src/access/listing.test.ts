import { beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "../api/client.ts";
import { Listing } from "./listing.ts";

let answers: (() => Promise<readonly string[]>)[];
let asked: number;
let timers: (() => void)[];
let listing: Listing<string>;

beforeEach(() => {
  answers = [];
  asked = 0;
  timers = [];
  const get = () => (asked++, answers.shift() ?? (async () => ["ada"]))();
  listing = new Listing(get, {
    after(_delayMs, callback) {
      timers.push(callback);
      return () => (timers = timers.filter((each) => each !== callback));
    },
  });
});

const settle = () => new Promise(setImmediate);

describe("a list that is shown", () => {
  test("is asked for at once, and again after a while", async () => {
    listing.show();
    await settle();
    expect(listing.items.value).toEqual(["ada"]);
    answers = [async () => ["ada", "bob"]];
    timers[0]!();
    await settle();
    expect(listing.items.value).toEqual(["ada", "bob"]);
  });

  test("is left alone when nobody looks any more", async () => {
    const hide = listing.show();
    await settle();
    hide();
    expect(timers).toEqual([]);
  });

  test("tells why it is not there", async () => {
    answers = [() => Promise.reject(new ApiError(0, "unreachable", "", 0))];
    listing.show();
    await settle();
    expect([listing.items.value, listing.trouble.value?.code]).toEqual([null, "unreachable"]);
  });

  test("stays as it was when a later look fails", async () => {
    listing.show();
    await settle();
    answers = [() => Promise.reject(new ApiError(0, "unreachable", "", 0))];
    timers[0]!();
    await settle();
    expect([listing.items.value, listing.trouble.value]).toEqual([["ada"], null]);
    expect(timers).toHaveLength(1);
  });
});

describe("an action", () => {
  test("gives its result, and the list is asked for again", async () => {
    await listing.look();
    expect(await listing.act(async () => 7)).toEqual({ result: 7 });
    expect(asked).toBe(2);
    expect(listing.busy.value).toBe(false);
  });

  test("that is refused says why", async () => {
    expect(await listing.act(() => Promise.reject(new ApiError(409, "exists", "", 0)))).toBeNull();
    expect(listing.trouble.value?.key).toBe("access.exists");
  });

  test("is done once, however often the button is pressed", async () => {
    let done = 0;
    const action = async () => void (done += 1);
    await Promise.all([listing.act(action), listing.act(action)]);
    expect(done).toBe(1);
  });

  test("makes an answer that was on its way before it count no more", async () => {
    let late: (items: readonly string[]) => void = () => {};
    answers = [() => new Promise((answer) => (late = answer)), async () => ["bob"]];
    listing.show();
    await listing.act(async () => undefined);
    await settle();
    late(["ada", "bob"]);
    await settle();
    expect(listing.items.value).toEqual(["bob"]);
  });
});
