import { beforeEach, describe, expect, test } from "vitest";
import { Button } from "../protocol/control.ts";
import { type Action, Gestures, type Grip, LONG_PRESS_MS, PINCH_SLOP } from "./gestures.ts";

/** Short names for what comes out. */
function told(actions: readonly Action[]): string[] {
  return actions.map((action) => {
    switch (action.do) {
      case "point":
        return `point ${action.at.x},${action.at.y}`;
      case "nudge":
      case "scroll":
        return `${action.do} ${action.dx},${action.dy}`;
      case "press":
      case "release":
        return `${action.do} ${Button[action.button]}`;
      case "pinch":
        return `pinch ${action.from.x},${action.from.y} ${action.to.x},${action.to.y} ×${action.factor}`;
      case "letGo":
      case "feel":
      case "keyboard":
        return action.do;
    }
  });
}

let fingers: Gestures;
beforeEach(() => {
  fingers = new Gestures();
});
const down = (finger: number, x: number, y: number, timeMs: number) => told(fingers.down({ finger, x, y, timeMs }, "picture"));
const move = (finger: number, x: number, y: number, timeMs: number) => told(fingers.move({ finger, x, y, timeMs }));
const up = (finger: number, x: number, y: number, timeMs: number) => told(fingers.up({ finger, x, y, timeMs }));

describe("on the picture", () => {
  test("a tap is a click there", () => {
    expect(down(1, 50, 60, 0)).toEqual([]);
    expect(up(1, 50, 60, 100)).toEqual(["point 50,60", "press Left", "release Left"]);
  });

  test("a trembling tap is still a tap", () => {
    down(1, 50, 60, 0);
    expect(move(1, 55, 62, 50)).toEqual([]);
    expect(up(1, 55, 62, 100)).toEqual(["point 55,62", "press Left", "release Left"]);
  });

  test("the second tap of a double tap lands where the first did", () => {
    down(1, 50, 60, 0);
    up(1, 50, 60, 80);
    down(1, 60, 70, 200);
    expect(up(1, 60, 70, 280)).toEqual(["point 50,60", "press Left", "release Left"]);
  });

  test("a later tap nearby lands where it is", () => {
    down(1, 50, 60, 0);
    up(1, 50, 60, 80);
    down(1, 60, 70, 1000);
    expect(up(1, 60, 70, 1080)[0]).toBe("point 60,70");
  });

  test("a finger that moves takes the pointer along and clicks nothing", () => {
    down(1, 0, 0, 0);
    expect(move(1, 20, 0, 30)).toEqual(["point 20,0"]);
    expect(move(1, 40, 5, 60)).toEqual(["point 40,5"]);
    expect(up(1, 40, 5, 90)).toEqual([]);
  });

  test("a long press drags until the finger goes up", () => {
    down(1, 10, 10, 0);
    expect(fingers.deadline).toBe(LONG_PRESS_MS);
    expect(told(fingers.tick(LONG_PRESS_MS - 1))).toEqual([]);
    expect(told(fingers.tick(LONG_PRESS_MS))).toEqual(["point 10,10", "press Left", "feel"]);
    expect(fingers.holding).toBe(true);
    expect(move(1, 90, 90, 700)).toEqual(["point 90,90"]);
    expect(up(1, 90, 90, 800)).toEqual(["release Left"]);
    expect(fingers.holding).toBe(false);
  });

  test("a finger that moved does not start a drag later", () => {
    down(1, 10, 10, 0);
    move(1, 60, 10, 100);
    expect(fingers.deadline).toBeNull();
    expect(told(fingers.tick(LONG_PRESS_MS))).toEqual([]);
  });

  test("two fingers tapped are a right click between them", () => {
    down(1, 10, 10, 0);
    down(2, 30, 10, 20);
    expect(up(1, 10, 10, 100)).toEqual(["point 20,10", "press Right", "release Right"]);
    expect(up(2, 30, 10, 110)).toEqual([]);
  });

  test("two fingers dragged scroll and click nothing", () => {
    down(1, 10, 10, 0);
    down(2, 30, 10, 20);
    expect(move(1, 10, 40, 40)).toEqual([]);
    expect(move(2, 30, 40, 40)).toEqual(["scroll 0,30"]);
    expect(up(1, 10, 40, 100)).toEqual([]);
    expect(move(2, 30, 80, 120)).toEqual([]);
    expect(up(2, 30, 80, 140)).toEqual([]);
  });

  test("a finger that scrolls beside one that rests is not forgotten, to its last pixel", () => {
    down(1, 10, 10, 0);
    down(2, 30, 10, 20);
    expect(move(1, 10, 50, 40)).toEqual([]);
    expect(move(1, 10, 60, 60)).toEqual(["scroll 0,20"]);
    expect(up(1, 10, 60, 80)).toEqual(["scroll 0,5"]);
  });

  test("a second finger during a drag changes nothing", () => {
    down(1, 10, 10, 0);
    fingers.tick(LONG_PRESS_MS);
    down(2, 30, 10, 600);
    expect(up(2, 30, 10, 650)).toEqual([]);
    expect(fingers.holding).toBe(true);
    expect(up(1, 10, 10, 700)).toEqual(["release Left"]);
  });

  test("three fingers tapped ask for the keyboard, once", () => {
    down(1, 10, 10, 0);
    down(2, 30, 10, 10);
    down(3, 50, 10, 20);
    expect([...up(1, 10, 10, 50), ...up(2, 30, 10, 60), ...up(3, 50, 10, 70)]).toEqual(["keyboard"]);
  });

  test("three fingers that move or stay, and four, do nothing", () => {
    const three = (timeMs: number) => [...down(1, 10, 10, timeMs), ...down(2, 30, 10, timeMs), ...down(3, 50, 10, timeMs)];
    const lift = (timeMs: number) => [1, 2, 3, 4].flatMap((finger) => up(finger, 10, 10, timeMs));
    three(0);
    expect([...move(1, 10, 90, 20), ...lift(50)]).toEqual([]);
    three(1000);
    expect(lift(1000 + LONG_PRESS_MS)).toEqual([]);
    three(3000);
    expect([...down(4, 70, 10, 3000), ...lift(3050)]).toEqual([]);
  });

  test("a drag that the browser cancels is released", () => {
    down(1, 10, 10, 0);
    fingers.tick(LONG_PRESS_MS);
    expect(told(fingers.cancel())).toEqual(["release Left"]);
    expect(told(fingers.cancel())).toEqual([]);
  });

  test("after everything a plain tap works again", () => {
    down(1, 0, 0, 0);
    down(2, 9, 9, 5);
    fingers.cancel();
    down(1, 7, 7, 5000);
    expect(up(1, 7, 7, 5050)).toEqual(["point 7,7", "press Left", "release Left"]);
  });
});

describe("two fingers on a picture", () => {
  /** Both at once, as the browser tells of them; from 100,100 and 140,100. */
  const both = (grip: Grip) => {
    fingers.down({ finger: 1, x: 100, y: 100, timeMs: 0 }, "picture", grip);
    return down(2, 140, 100, 10);
  };
  const go = (one: readonly [number, number], other: readonly [number, number], timeMs: number) => [
    ...move(1, ...one, timeMs),
    ...move(2, ...other, timeMs),
  ];

  test("that go apart zoom it around the place between them, and let go of it", () => {
    both("zoom");
    expect(go([80, 100], [160, 100], 20)).toEqual(["pinch 120,100 120,100 ×2"]);
    expect(go([90, 120], [130, 120], 40)).toEqual(["pinch 120,100 110,120 ×0.5"]);
    expect(up(1, 90, 120, 60)).toEqual(["letGo"]);
    expect([...move(2, 300, 300, 80), ...up(2, 300, 300, 90)]).toEqual([]);
  });

  test("of which one rests zoom it, too", () => {
    both("zoom");
    expect(move(2, 180, 100, 20)).toEqual([]);
    expect(move(2, 220, 100, 40)).toEqual(["pinch 120,100 140,100 ×2"]);
    expect(up(2, 220, 100, 60)).toEqual(["pinch 140,100 160,100 ×1.5", "letGo"]);
  });

  test("that move together scroll, in every direction and however fast, and go on to scroll when they drift apart", () => {
    for (const [dx, dy] of [[60, 0], [-60, 0], [0, 60], [40, 40]] as const) {
      both("zoom");
      expect(go([100 + dx, 100 + dy], [140 + dx, 100 + dy], 20)).toEqual([`scroll ${dx},${dy}`]);
      expect(go([60 + dx, 100 + dy], [180 + dx, 100 + dy], 40)).toEqual(["scroll 0,0"]);
      fingers.cancel();
    }
  });

  test("that tremble are a right click", () => {
    both("zoom");
    expect(go([95, 100], [140 + PINCH_SLOP - 5, 100], 20)).toEqual([]);
    expect(up(1, 95, 100, 40)).toEqual(["point 120,100", "press Right", "release Right"]);
  });

  test("hold it when a part of it is out of sight: it goes where they go, and its size with them", () => {
    both("hold");
    expect(go([130, 100], [170, 100], 20)).toEqual(["pinch 120,100 150,100 ×1"]);
    expect(go([110, 100], [190, 100], 40)).toEqual(["pinch 150,100 150,100 ×2"]);
  });

  test("hold it no more when a third one comes, or the browser takes them away", () => {
    for (const end of [() => down(3, 0, 0, 30), () => told(fingers.cancel())]) {
      both("zoom");
      go([80, 100], [160, 100], 20);
      expect(end()).toEqual(["letGo"]);
      fingers.cancel();
    }
  });

  test("in one place do not zoom beyond all measure", () => {
    fingers.down({ finger: 1, x: 100, y: 100, timeMs: 0 }, "picture", "zoom");
    down(2, 100, 100, 10);
    expect(go([80, 100], [120, 100], 20)).toEqual(["pinch 100,100 100,100 ×40"]);
    expect(go([100, 100], [100, 100], 40)).toEqual(["pinch 100,100 100,100 ×0.025"]);
  });
});

describe("on the trackpad", () => {
  test("a finger pushes the pointer, and a tap clicks where it stands", () => {
    fingers.down({ finger: 1, x: 10, y: 10, timeMs: 0 }, "trackpad");
    expect(move(1, 30, 10, 20)).toEqual(["nudge 20,0"]);
    expect(up(1, 30, 10, 40)).toEqual([]);
    fingers.down({ finger: 1, x: 10, y: 10, timeMs: 1000 }, "trackpad");
    expect(up(1, 10, 10, 1050)).toEqual(["press Left", "release Left"]);
  });

  test("a long press holds the button while the finger pushes", () => {
    fingers.down({ finger: 1, x: 10, y: 10, timeMs: 0 }, "trackpad");
    expect(told(fingers.tick(LONG_PRESS_MS))).toEqual(["press Left", "feel"]);
    expect(move(1, 11, 14, 600)).toEqual(["nudge 1,4"]);
  });
});
