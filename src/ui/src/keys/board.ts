// Which keys are drawn where, for a layout and the room that there is. Pure: codes as the browser names physical keys, and
// widths in quarters of a key. What is on the caps is the affair of `caps.ts`.

import { usageOf } from "../input/usages.ts";
import type { LayoutKey } from "./caps.ts";

export interface Place {
  readonly code: string;
  /** In quarters of a key; in blocks other than the letters whole keys: 4, or 8 for one of double width. */
  readonly width: number;
  /** Two rows high. */
  readonly tall?: boolean;
}

/** `full`: as on a desk. `narrow`: thirteen keys side by side, for a phone held upright. */
export type Room = "full" | "narrow";

export interface Board {
  /** Row after row, without a break in between: each row fills `columns`. */
  readonly letters: readonly Place[];
  readonly columns: number;
  readonly navigation: readonly Place[];
  readonly keypad: readonly Place[];
  readonly functions: readonly Place[];
  readonly media: readonly Place[];
}

export type Keys = ReadonlyMap<number, LayoutKey>;

export const MODIFIERS: readonly string[] = [
  "ShiftLeft", "ShiftRight", "ControlLeft", "ControlRight", "AltLeft", "AltRight", "MetaLeft", "MetaRight",
];

const NUMBERS = ["Backquote", ...[..."1234567890"].map((digit) => `Digit${digit}`), "Minus", "Equal"];
const UPPER = [...[..."QWERTYUIOP"].map((letter) => `Key${letter}`), "BracketLeft", "BracketRight"];
const HOME = [...[..."ASDFGHJKL"].map((letter) => `Key${letter}`), "Semicolon", "Quote"];
const LOWER = [...[..."ZXCVBNM"].map((letter) => `Key${letter}`), "Comma", "Period", "Slash"];

/** Of the keys that not every keyboard has, those that this layout gives a meaning of their own. */
interface Extras {
  /** Beside the left Shift: European keyboards, on which the key left of Enter is one row lower, too. */
  readonly iso: boolean;
  /** Brazilian and Japanese keyboards. */
  readonly ro: boolean;
  /** Japanese ones. */
  readonly yen: boolean;
}

export function boardFor(keys: Keys, room: Room): Board {
  const extras = {
    iso: hasMeaningOfItsOwn(keys, "IntlBackslash"),
    ro: keys.has(usageOf("IntlRo")!.id),
    yen: keys.has(usageOf("IntlYen")!.id),
  };
  const narrow = room === "narrow";
  return {
    letters: narrow ? narrowLetters(extras) : fullLetters(extras),
    columns: narrow ? 52 : 60,
    navigation: whole(NAVIGATION),
    keypad: KEYPAD,
    functions: whole([...(narrow ? NARROW_FUNCTIONS : []), ...range(13, 24), ...(narrow && extras.yen ? JAPANESE : [])]),
    media: whole(MEDIA),
  };
}

/** Layouts of keyboards without such a key name one all the same, with characters that other keys have. */
function hasMeaningOfItsOwn(keys: Keys, code: string): boolean {
  const usage = usageOf(code)!.id;
  const others = new Set([...keys.values()].filter((key) => key.usage !== usage).flatMap(charactersOf));
  return charactersOf(keys.get(usage)).slice(0, 2).some((character) => !others.has(character));
}

function charactersOf(key: LayoutKey | undefined): string[] {
  return (key?.levels ?? []).flatMap((meaning) => (meaning && "char" in meaning ? [meaning.char] : []));
}

function fullLetters({ iso, ro, yen }: Extras): Place[] {
  const functions = ["Escape", ...range(1, 12), "PrintScreen"].map((code, at) => place(code, at < 4 ? 5 : 4));
  const tall = iso || yen;
  const space = yen ? 13 : 25;
  return [
    ...functions,
    ...whole(NUMBERS), ...(yen ? whole(["IntlYen"]) : []), place("Backspace", yen ? 4 : 8),
    place("Tab", tall ? 7 : 6), ...whole(UPPER), tall ? { ...place("Enter", 5), tall: true } : place("Backslash", 6),
    place("CapsLock", 7), ...whole(HOME), tall ? place("Backslash", 4) : place("Enter", 9),
    place("ShiftLeft", iso ? 5 : 9), ...(iso ? whole(["IntlBackslash"]) : []), ...whole(LOWER),
    ...(ro ? whole(["IntlRo"]) : []), place("ShiftRight", ro ? 7 : 11),
    place("ControlLeft", 5), place("MetaLeft", 5), place("AltLeft", 5), ...(yen ? whole(["NonConvert"]) : []),
    place("Space", space), ...(yen ? whole(["Convert", "KanaMode"]) : []),
    place("AltRight", 5), place("MetaRight", 5), place("ContextMenu", 5), place("ControlRight", 5),
  ];
}

/** Where every quarter counts: what is not a character gives way, and is among the function keys. */
function narrowLetters({ iso, ro, yen }: Extras): Place[] {
  const both = iso && ro;
  const shift = iso || ro ? 4 : 6;
  return [
    ...whole(NUMBERS),
    ...whole(UPPER), place("Backspace", 4),
    ...whole(HOME), place("Backslash", 4), place("Enter", 4),
    place("ShiftLeft", shift), ...(iso ? whole(["IntlBackslash"]) : []), ...whole(LOWER), ...(ro ? whole(["IntlRo"]) : []),
    ...(both ? [] : [place("ShiftRight", shift)]),
    place("Escape", 5), place("Tab", 5), place("ControlLeft", 5), place("MetaLeft", 5), place("AltLeft", 5),
    place("Space", yen ? 13 : 17), ...(yen ? whole(["IntlYen"]) : []), place("AltRight", 5), place("CapsLock", 5),
  ];
}

/** Where a row of these begins is the style's affair. */
const NAVIGATION = [
  "ScrollLock", "Pause",
  "Insert", "Home", "PageUp",
  "Delete", "End", "PageDown",
  "ArrowUp",
  "ArrowLeft", "ArrowDown", "ArrowRight",
];

const KEYPAD: readonly Place[] = [
  ...whole(["NumLock", "NumpadDivide", "NumpadMultiply", "NumpadSubtract", "Numpad7", "Numpad8", "Numpad9"]),
  { ...place("NumpadAdd", 4), tall: true },
  ...whole(["Numpad4", "Numpad5", "Numpad6", "Numpad1", "Numpad2", "Numpad3"]),
  { ...place("NumpadEnter", 4), tall: true },
  place("Numpad0", 8), place("NumpadDecimal", 4),
];

const NARROW_FUNCTIONS = [...range(1, 12), "PrintScreen", "ContextMenu", "ControlRight", "MetaRight"];
const JAPANESE = ["NonConvert", "Convert", "KanaMode"];

/** What the descriptor of the appliance's media keys has, and what people look for. */
const MEDIA = [
  "AudioVolumeMute", "AudioVolumeDown", "AudioVolumeUp", "MediaTrackPrevious", "MediaPlayPause", "MediaTrackNext",
  "MediaStop", "BrightnessDown", "BrightnessUp", "BrowserBack", "BrowserForward", "BrowserHome",
  "Power", "Sleep", "WakeUp",
];

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `F${from + index}`);
}

function whole(codes: readonly string[]): Place[] {
  return codes.map((code) => place(code, 4));
}

function place(code: string, width: number): Place {
  return { code, width };
}
