import { beforeEach, expect, test } from "vitest";
import { chord, stroke, tap } from "../input/keyboard.ts";
import { type ControlEvent, Outcome } from "../protocol/control.ts";
import { KEPT, KeyHistory } from "./history.ts";

let history: KeyHistory;
let sequence: number;

beforeEach(() => {
  history = new KeyHistory();
  sequence = 0;
});

function send(events: readonly ControlEvent[]): void {
  for (const event of events) history.sent(++sequence, event);
}
const told = () => history.told.value.map(({ codes, fate }) => `${codes.join("+")} ${fate}`);

test("a key is sent until the appliance has said what became of it", () => {
  send(tap("KeyA"));
  send(tap("KeyB"));
  history.answered(2, Outcome.Accepted);
  expect(told()).toEqual(["KeyA accepted", "KeyB sent"]);
  history.answered(4, Outcome.TargetAsleep);
  expect(told()).toEqual(["KeyA accepted", "KeyB asleep"]);
});

test("what has an answer keeps it", () => {
  send(tap("KeyA"));
  history.answered(2, Outcome.TargetNotConnected);
  send(tap("KeyB"));
  history.answered(4, Outcome.Accepted);
  expect(told()).toEqual(["KeyA notConnected", "KeyB accepted"]);
});

test("keys that are held belong to the one that is pressed with them, and only while they are held", () => {
  send(chord("ControlLeft", "AltLeft", "Delete"));
  send(tap("KeyA"));
  expect(told()).toEqual(["ControlLeft+AltLeft+Delete sent", "KeyA sent"]);
});

test("Alt held over two tabs is in both", () => {
  send([...stroke("AltLeft", true), ...tap("Tab"), ...tap("Tab")]);
  expect(told()).toEqual(["AltLeft+Tab sent", "AltLeft+Tab sent"]);
});

test("a modifier alone is a key", () => {
  send(tap("MetaLeft"));
  send(tap("MetaLeft"));
  expect(told()).toEqual(["MetaLeft sent", "MetaLeft sent"]);
});

test("when the connection ends, what has no answer is lost and nothing is held", () => {
  send([...stroke("ShiftLeft", true), ...tap("KeyA")]);
  history.ended();
  expect(told()).toEqual(["ShiftLeft+KeyA lost"]);
  send(tap("KeyB"));
  expect(told().at(-1)).toBe("KeyB sent");
});

test("only the last ones are kept", () => {
  for (let count = 0; count < KEPT + 5; count += 1) send(tap("KeyA"));
  expect(told()).toHaveLength(KEPT);
});
