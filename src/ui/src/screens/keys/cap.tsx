// One key of the keyboard on the screen.

import { t } from "../../i18n/index.ts";
import { capOf, type Held, hintsOf, type Legends } from "../../keys/caps.ts";
import type { Place } from "../../keys/board.ts";
import { capName, keyName, signOf } from "../../keys/names.ts";
import { isModifier, type Presses } from "../../keys/presses.ts";
import type { Leds } from "../../protocol/control.ts";

export interface Caps {
  readonly legends: Legends;
  readonly leds: Leds | null;
  readonly presses: Presses;
  /** Counts what was pressed and let go: the machine above is not one that Preact watches. */
  readonly turn: number;
  /** The key that was walked to. */
  readonly at: string | null;
  readonly narrow: boolean;
}

interface Props {
  readonly place: Place;
  readonly caps: Caps;
  /** The Tab key stops here. */
  readonly stop: boolean;
}

const LOCKS: Readonly<Record<string, "caps" | "num" | "scroll">> = { CapsLock: "caps", NumLock: "num", ScrollLock: "scroll" };

export function KeyCap({ place, caps, stop }: Props) {
  const { code, width, tall } = place;
  const { presses, leds, legends } = caps;
  const lock = LOCKS[code];
  const lit = lock ? leds?.[lock] === true : undefined;
  const grip = presses.grip(code);
  const face = faceOf(code, caps);
  const classes = ["key", `w${width}`, tall && "tall", presses.isDown(code) && "down", grip === "locked" && "locked", face.dead && "dead", !face.letter && "named"];
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      tabIndex={stop ? 0 : -1}
      aria-label={nameOf(code, face, grip, legends)}
      aria-pressed={isModifier(code) ? grip !== "off" : lit}
      data-code={code}
      data-grip={isModifier(code) ? grip : undefined}
      data-testid={`osk-${code}`}
    >
      <span class="key-text">{face.text}</span>
      {face.shift && <span class="key-shift">{face.shift}</span>}
      {face.altgr && <span class="key-altgr">{face.altgr}</span>}
      {lock && <span class={lit ? "key-light on" : "key-light"} />}
    </button>
  );
}

interface Face {
  readonly text: string;
  /** It types a character. */
  readonly letter: boolean;
  readonly dead: boolean;
  readonly shift: string;
  readonly altgr: string;
}

function faceOf(code: string, { legends, presses, leds, narrow }: Caps): Face {
  const bare = { dead: false, shift: "", altgr: "" };
  const sign = narrow ? signOf(code) : undefined;
  const name = sign ?? digitOf(code, leds) ?? capName(code);
  if (name !== null) return { ...bare, text: name, letter: false };
  const held = heldOf(presses, leds);
  const cap = capOf(code, legends, held);
  if (!cap || code === "Space") return { ...bare, text: code === "Space" ? "" : keyName(code, legends), letter: true };
  const plain = !held.shift && !held.altgr;
  return { ...cap, letter: true, ...(plain && !narrow ? hintsOf(code, legends) : { shift: "", altgr: "" }) };
}

function heldOf(presses: Presses, leds: Leds | null): Held {
  return {
    shift: presses.isDown("ShiftLeft") || presses.isDown("ShiftRight"),
    altgr: presses.isDown("AltRight"),
    caps: leds?.caps === true,
  };
}

const UNLOCKED: Readonly<Record<string, string>> = {
  Numpad7: "Home", Numpad8: "ArrowUp", Numpad9: "PageUp", Numpad4: "ArrowLeft", Numpad5: "Numpad5", Numpad6: "ArrowRight",
  Numpad1: "End", Numpad2: "ArrowDown", Numpad3: "PageDown", Numpad0: "Insert", NumpadDecimal: "Delete",
};

/** The keypad's keys are two things, as the target's light says. */
function digitOf(code: string, leds: Leds | null): string | null {
  const unlocked = UNLOCKED[code];
  if (!unlocked) return null;
  if (leds?.num === false) return unlocked === code ? "" : capName(unlocked);
  return code === "NumpadDecimal" ? capName(code) : code.slice(-1);
}

function nameOf(code: string, face: Face, grip: string, legends: Legends): string {
  const name = face.letter && face.text !== "" ? face.text : keyName(code, legends);
  if (face.dead) return t("osk.dead", { sign: name });
  return grip === "once" || grip === "locked" ? t(`osk.grip.${grip}`, { name }) : name;
}
