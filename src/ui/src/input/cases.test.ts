// The table of cases: what which browser says on which system, event by event, and what has to leave for the target. Each row goes through
// the real listeners (`bindings.ts`) and the real machine. docs/keyboard.md has it in words.
//
// Sources: [ui] UI Events, [code] UI Events KeyboardEvent code values, [key] UI Events KeyboardEvent key values (all W3C); [mdn] MDN,
// KeyboardEvent and its pages of codes and keys; [win] Microsoft, "Keyboard Input" and the virtual-key codes; [mac] Apple, NSEvent and
// NSApplication sendEvent; [xkb] xkeyboard-config's symbols; [vnc] what noVNC and TigerVNC found out and wrote down beside their code.

import { setMaxListeners } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ControlEvent } from "../protocol/control.ts";
import { Bindings, type BindingsOwner } from "./bindings.ts";
import { LEADER_HOLD_MS, PHANTOM_MS, type Platform } from "./keyboard.ts";
import { codeOf } from "./usages.ts";

/** What the page hears: an event, an end of hearing, or time that goes by. */
type Heard =
  | { readonly is: "key"; readonly type: "keydown" | "keyup"; readonly init: Partial<KeyboardEvent> & { code: string } }
  | { readonly is: "blur" | "pagehide" | "hidden" | "pointerLockLost" | "controlLost" }
  | { readonly is: "wait"; readonly ms: number };

/** Modifier flags as letters: s = shiftKey, c = ctrlKey, a = altKey, m = metaKey; r = repeat, i = isComposing, p = keyCode 229. */
function heard(type: "keydown" | "keyup", code: string, key: string, flags: string): Heard {
  const has = (letter: string) => flags.includes(letter);
  const init = {
    code, key, shiftKey: has("s"), ctrlKey: has("c"), altKey: has("a"), metaKey: has("m"), repeat: has("r"),
    isComposing: has("i"), keyCode: has("p") ? 229 : 0,
  };
  return { is: "key", type, init };
}
const down = (code: string, key: string, flags = "") => heard("keydown", code, key, flags);
const up = (code: string, key: string, flags = "") => heard("keyup", code, key, flags);
const press = (code: string, key: string, flags = "") => [down(code, key, flags), up(code, key, flags)];
const wait = (ms: number): Heard => ({ is: "wait", ms });
const BLUR: Heard = { is: "blur" };

interface Case {
  readonly name: string;
  readonly on: Platform;
  readonly source: string;
  readonly hears: readonly Heard[];
  /** "+KeyA" = down, "-KeyA" = up, "0" = everything up. */
  readonly sends: string;
}

const ORDINARY: readonly Case[] = [
  { name: "a key", on: "other", source: "[ui] 3.5", hears: press("KeyA", "a"), sends: "+KeyA -KeyA" },
  {
    name: "a held key: the browser repeats it, the target repeats by itself", on: "other", source: "[ui] keydown, repeat",
    hears: [down("KeyA", "a"), down("KeyA", "a", "r"), down("KeyA", "a", "r"), up("KeyA", "a")], sends: "+KeyA -KeyA",
  },
  {
    name: "left and right modifiers are different keys", on: "other", source: "[code] 3.1.1",
    hears: [
      down("ShiftLeft", "Shift", "s"), down("ShiftRight", "Shift", "s"), up("ShiftRight", "Shift", "s"), up("ShiftLeft", "Shift"),
      down("AltLeft", "Alt", "a"), up("AltLeft", "Alt"), down("MetaRight", "Meta", "m"), up("MetaRight", "Meta"),
    ],
    sends: "+ShiftLeft +ShiftRight -ShiftRight -ShiftLeft +AltLeft -AltLeft +MetaRight -MetaRight",
  },
  {
    name: "seven keys at once: all seven are sent, and the keyboard's report says roll-over (hid/keyboard.rs)", on: "other", source: "HID 1.11, appendix C.3",
    hears: [..."asdfjkl"].map((letter) => down(`Key${letter.toUpperCase()}`, letter)), sends: "+KeyA +KeyS +KeyD +KeyF +KeyJ +KeyK +KeyL",
  },
  {
    name: "media keys", on: "other", source: "[code] 3.6",
    hears: [...press("AudioVolumeUp", "AudioVolumeUp"), ...press("MediaPlayPause", "MediaPlayPause"), ...press("BrowserHome", "BrowserHome")],
    sends: "+AudioVolumeUp -AudioVolumeUp +MediaPlayPause -MediaPlayPause +BrowserHome -BrowserHome",
  },
  {
    name: "keys beyond the US keyboard", on: "other", source: "[code] 3.1.1",
    hears: [...press("IntlBackslash", "<"), ...press("IntlRo", "_"), ...press("IntlYen", "¥")],
    sends: "+IntlBackslash -IntlBackslash +IntlRo -IntlRo +IntlYen -IntlYen",
  },
  {
    name: "Num Lock, which Apple calls Clear, is a place like any other", on: "mac", source: "[code] 3.3.2: on Macs Clear is NumLock",
    hears: [...press("NumLock", "Clear"), ...press("NumpadEqual", "=")], sends: "+NumLock -NumLock +NumpadEqual -NumpadEqual",
  },
  { name: "a key without a place in HID is the browser's", on: "mac", source: "[code] 3.1.1: Fn", hears: press("Fn", "Fn"), sends: "" },
];

const ALTGR: readonly Case[] = [
  {
    name: "AltGr on Windows: Left Ctrl at the same moment is a phantom, and so are its repeats and its end", on: "windows", source: "[win] AltGr is Ctrl+Alt; [vnc]",
    hears: [
      down("ControlLeft", "Control", "c"), down("AltRight", "AltGraph", "ca"), down("ControlLeft", "Control", "car"), down("AltRight", "AltGraph", "car"),
      down("KeyQ", "@"), up("KeyQ", "@"), up("ControlLeft", "Control", "a"), up("AltRight", "AltGraph"), wait(PHANTOM_MS),
    ],
    sends: "+AltRight +KeyQ -KeyQ -AltRight",
  },
  {
    name: "… Left Ctrl, a moment before AltGr, is real", on: "windows", source: "[win]",
    hears: [
      down("ControlLeft", "Control", "c"), wait(200), down("AltRight", "AltGraph", "ca"), up("AltRight", "AltGraph", "c"), up("ControlLeft", "Control"),
    ],
    sends: "+ControlLeft +AltRight -AltRight -ControlLeft",
  },
  {
    name: "… the phantom's end was lost: the next Left Ctrl is real again", on: "windows", source: "[ui] 3.5: an end may go elsewhere",
    hears: [
      down("ControlLeft", "Control", "c"), down("AltRight", "AltGraph", "ca"), up("AltRight", "AltGraph"),
      down("ControlLeft", "Control", "c"), down("KeyC", "c", "c"), up("KeyC", "c", "c"), up("ControlLeft", "Control"),
    ],
    sends: "+AltRight -AltRight +ControlLeft +KeyC -KeyC -ControlLeft",
  },
  {
    name: "Ctrl and the left Alt are Ctrl+Alt, not AltGr", on: "windows", source: "[win]",
    hears: [
      down("ControlLeft", "Control", "c"), down("AltLeft", "Alt", "ca"), down("KeyQ", "q", "ca"), up("KeyQ", "q", "ca"), up("AltLeft", "Alt", "c"), up("ControlLeft", "Control"),
    ],
    sends: "+ControlLeft +AltLeft +KeyQ -KeyQ -AltLeft -ControlLeft",
  },
  {
    name: "AltGr on Linux: Right Alt, altKey is false", on: "other", source: "[xkb] ISO_Level3_Shift; [mdn] AltGraph",
    hears: [down("AltRight", "AltGraph"), down("KeyQ", "@"), up("KeyQ", "@"), up("AltRight", "AltGraph")], sends: "+AltRight +KeyQ -KeyQ -AltRight",
  },
  {
    name: "Option on macOS", on: "mac", source: "[mac] Option types characters; [mdn]",
    hears: [down("AltRight", "Alt", "a"), down("KeyL", "@", "a"), up("KeyL", "@", "a"), up("AltRight", "Alt")], sends: "+AltRight +KeyL -KeyL -AltRight",
  },
  {
    name: "Shift, then Alt on Linux: Alt is called Meta, and the flag is Alt's", on: "other", source: "[xkb] key <LALT> is Alt_L, Meta_L",
    hears: [
      down("ShiftLeft", "Shift", "s"), down("AltLeft", "Meta", "sa"), down("Tab", "Tab", "sa"), up("Tab", "Tab", "sa"), up("AltLeft", "Meta", "s"), up("ShiftLeft", "Shift"),
    ],
    sends: "+ShiftLeft +AltLeft +Tab -Tab -AltLeft -ShiftLeft",
  },
];

const WRITING: readonly Case[] = [
  {
    name: "dead keys: the place is sent, whatever becomes of the accent", on: "other", source: "[key] Dead",
    hears: [...press("Quote", "Dead"), ...press("KeyE", "é")], sends: "+Quote -Quote +KeyE -KeyE",
  },
  {
    name: "an input method composes: every key is sent by its place, the composed text is not", on: "windows", source: "[ui] 5.7, Process and isComposing; keyCode 229",
    hears: [
      down("KeyN", "Process", "p"), up("KeyN", "n", "i"), down("KeyI", "Process", "pi"), up("KeyI", "i", "i"), down("Enter", "Process", "pi"), up("Enter", "Enter"),
    ],
    sends: "+KeyN -KeyN +KeyI -KeyI +Enter -Enter",
  },
  {
    name: "… in Firefox on Linux, which marks with 229 what the input method took", on: "other", source: "[mdn] keydown and composition",
    hears: [down("KeyN", "Process", "p"), down("KeyN", "Process", "pr"), up("KeyN", "n", "p")], sends: "+KeyN -KeyN",
  },
  {
    name: "… some input methods tell of an end twice", on: "windows", source: "[vnc]",
    hears: [down("KeyN", "Process", "p"), up("KeyN", "Process", "p"), up("KeyN", "n")], sends: "+KeyN -KeyN",
  },
  {
    name: "Japanese keys on a Mac", on: "mac", source: "[code] 3.1.1: Lang1 かな, Lang2 英数",
    hears: [...press("Lang2", "Eisu"), ...press("Lang1", "KanjiMode"), ...press("IntlYen", "¥")], sends: "+Lang2 -Lang2 +Lang1 -Lang1 +IntlYen -IntlYen",
  },
  {
    name: "Japanese keys on Linux", on: "other", source: "[xkb] jp: Zenkaku_Hankaku, Muhenkan, Henkan_Mode, Hiragana_Katakana",
    hears: [...press("Backquote", "ZenkakuHankaku"), ...press("NonConvert", "NonConvert"), ...press("Convert", "Convert"), ...press("KanaMode", "HiraganaKatakana")],
    sends: "+Backquote -Backquote +NonConvert -NonConvert +Convert -Convert +KanaMode -KanaMode",
  },
  {
    name: "Japanese keys on Windows: an end comes with the next press, or never", on: "windows", source: "[win] VK_DBE_*; [vnc]",
    hears: [
      down("Backquote", "Zenkaku"), up("Backquote", "Zenkaku"), down("Backquote", "Hankaku"), down("KanaMode", "Hiragana"), down("CapsLock", "Alphanumeric"),
    ],
    sends: "+Backquote -Backquote +Backquote -Backquote +KanaMode -KanaMode +CapsLock -CapsLock",
  },
  {
    name: "Korean keys on Windows: the keyboard tells of no end", on: "windows", source: "[vnc]; Microsoft's keyboard scan codes F1 and F2",
    hears: [down("Lang1", "HangulMode"), down("Lang2", "HanjaMode")], sends: "+Lang1 -Lang1 +Lang2 -Lang2",
  },
  {
    name: "Korean keys on Linux", on: "other", source: "[xkb] kr: Hangul, Hangul_Hanja",
    hears: [...press("Lang1", "HangulMode"), ...press("Lang2", "HanjaMode")], sends: "+Lang1 -Lang1 +Lang2 -Lang2",
  },
];

const SWALLOWED: readonly Case[] = [
  {
    name: "Meta whose end the system keeps is up with the next key", on: "windows", source: "[win] the shell takes the Windows key",
    hears: [down("MetaLeft", "Meta", "m"), down("KeyA", "a"), up("KeyA", "a")], sends: "+MetaLeft -MetaLeft +KeyA -KeyA",
  },
  {
    name: "Meta that opened something: the window loses the focus", on: "windows", source: "[ui] blur",
    hears: [down("MetaLeft", "Meta", "m"), BLUR, up("MetaLeft", "Meta")], sends: "+MetaLeft 0",
  },
  {
    name: "Command with a letter, whose end macOS does not tell: it goes up at once, and each repeat is a stroke", on: "mac", source: "[mac] no keyUp: with Command; [vnc]",
    hears: [down("MetaLeft", "Meta", "m"), down("KeyZ", "z", "m"), down("KeyZ", "z", "mr"), wait(1000), up("MetaLeft", "Meta")],
    sends: "+MetaLeft +KeyZ -KeyZ +KeyZ -KeyZ -MetaLeft",
  },
  {
    name: "a letter that was down before Command is up with it at the latest", on: "mac", source: "[mac]",
    hears: [down("KeyW", "w"), down("MetaLeft", "Meta", "m"), up("MetaLeft", "Meta")], sends: "+KeyW +MetaLeft -MetaLeft -KeyW",
  },
  {
    name: "Command, Shift and a letter: Shift stays down", on: "mac", source: "[mac]",
    hears: [
      down("MetaLeft", "Meta", "m"), down("ShiftLeft", "Shift", "ms"), down("KeyZ", "z", "ms"), up("MetaLeft", "Meta", "s"), up("ShiftLeft", "Shift"),
    ],
    sends: "+MetaLeft +ShiftLeft +KeyZ -KeyZ -MetaLeft -ShiftLeft",
  },
  {
    name: "Caps Lock on macOS: down when it goes on, up when it goes off, a tap each", on: "mac", source: "[mac] flagsChanged; [mdn]",
    hears: [down("CapsLock", "CapsLock"), ...press("KeyA", "A"), up("CapsLock", "CapsLock")],
    sends: "+CapsLock -CapsLock +KeyA -KeyA +CapsLock -CapsLock",
  },
  {
    name: "Caps Lock that macOS has made a Ctrl is held like one", on: "mac", source: "[mac] modifier keys in the settings",
    hears: [down("CapsLock", "Control", "c"), down("KeyC", "c", "c"), up("KeyC", "c", "c"), up("CapsLock", "Control")],
    sends: "+CapsLock +KeyC -KeyC -CapsLock",
  },
  { name: "Print Screen on Windows: only its end is told", on: "windows", source: "[win] VK_SNAPSHOT; [mdn]", hears: [up("PrintScreen", "PrintScreen")], sends: "+PrintScreen -PrintScreen" },
  {
    name: "… with Alt; and with the keyboard locked, both", on: "windows", source: "[win]; Keyboard Lock",
    hears: [down("AltLeft", "Alt", "a"), up("PrintScreen", "PrintScreen", "a"), up("AltLeft", "Alt"), ...press("PrintScreen", "PrintScreen")],
    sends: "+AltLeft +PrintScreen -PrintScreen -AltLeft +PrintScreen -PrintScreen",
  },
  { name: "Pause", on: "windows", source: "[code] 3.4", hears: press("Pause", "Pause"), sends: "+Pause -Pause" },
  {
    name: "both Shifts on Windows: one end is told when both are up", on: "windows", source: "[vnc]",
    hears: [down("ShiftLeft", "Shift", "s"), down("ShiftRight", "Shift", "s"), up("ShiftRight", "Shift")],
    sends: "+ShiftLeft +ShiftRight -ShiftRight -ShiftLeft",
  },
  {
    name: "Alt+Tab that the local system took", on: "other", source: "[ui] blur",
    hears: [down("AltLeft", "Alt", "a"), BLUR, down("KeyA", "a"), up("KeyA", "a")], sends: "+AltLeft 0 +KeyA -KeyA",
  },
];

const FIREFOX: readonly Case[] = [
  {
    name: "Firefox before 118 calls Meta \"OS\"", on: "windows", source: "[mdn] OSLeft; Firefox 118's notes",
    hears: [down("OSLeft", "OS"), down("KeyR", "r"), up("KeyR", "r"), up("OSLeft", "OS")], sends: "+MetaLeft +KeyR -KeyR -MetaLeft",
  },
  {
    name: "Firefox's names of the volume keys", on: "other", source: "[mdn] code values", hears: [...press("VolumeUp", "AudioVolumeUp"), ...press("VolumeMute", "AudioVolumeMute")],
    sends: "+AudioVolumeUp -AudioVolumeUp +AudioVolumeMute -AudioVolumeMute",
  },
  {
    name: "Firefox on Windows tells of AltGr without the phantom where the layout has none", on: "windows", source: "[mdn] AltGraph",
    hears: [down("AltRight", "Alt", "a"), down("KeyE", "e", "a"), up("KeyE", "e", "a"), up("AltRight", "Alt")], sends: "+AltRight +KeyE -KeyE -AltRight",
  },
];

const ENDS: readonly Case[] = [
  ...(["blur", "pagehide", "hidden", "pointerLockLost"] as const).map((is): Case => ({
    name: `everything goes up in the middle of Ctrl+Alt+A: ${is}`, on: "other", source: "[ui] blur; HTML, page visibility; Pointer Lock",
    hears: [
      down("ControlLeft", "Control", "c"), down("AltLeft", "Alt", "ca"), down("KeyA", "a", "ca"), { is },
      up("KeyA", "a", "ca"), up("AltLeft", "Alt", "c"), up("ControlLeft", "Control"), ...press("KeyB", "b"),
    ],
    sends: "+ControlLeft +AltLeft +KeyA 0 +KeyB -KeyB",
  })),
  {
    name: "the connection breaks or control goes: the appliance has released all (console/lease.rs), the page sends no ends", on: "other", source: "docs/protocol.md",
    hears: [
      down("ControlLeft", "Control", "c"), down("KeyA", "a", "c"), { is: "controlLost" }, up("KeyA", "a", "c"), up("ControlLeft", "Control"), ...press("KeyB", "b"),
    ],
    sends: "+ControlLeft +KeyA +KeyB -KeyB",
  },
  {
    name: "… and a key that is held on is pressed anew by its repeat", on: "other", source: "[ui] repeat",
    hears: [down("KeyA", "a"), { is: "controlLost" }, down("KeyA", "a", "r"), up("KeyA", "a")], sends: "+KeyA +KeyA -KeyA",
  },
  {
    name: "a Left Ctrl that still waited to be understood is not sent after a blur", on: "windows", source: "[ui] blur",
    hears: [down("ControlLeft", "Control", "c"), BLUR, wait(LEADER_HOLD_MS)], sends: "",
  },
];

const GROUPS: readonly (readonly [string, readonly Case[]])[] = [
  ["ordinary keys", ORDINARY], ["AltGr", ALTGR], ["dead keys and input methods", WRITING], ["what a system keeps", SWALLOWED],
  ["Firefox", FIREFOX], ["the end of hearing", ENDS],
];

for (const [group, cases] of GROUPS) {
  describe(group, () => {
    for (const { name, on, hears, sends } of cases) {
      test(`${name} (${on})`, () => {
        const page = new Page(on);
        for (const one of hears) page.hear(one);
        expect(page.sent.join(" ")).toBe(sends);
      });
    }
  });
}

test("AltGr whose phantom had gone out already, because the page was busy, takes it back", () => {
  const page = new Page("windows");
  page.hear(down("ControlLeft", "Control", "c"));
  const nowMs = performance.now();
  page.hear(wait(PHANTOM_MS));
  page.hear(down("AltRight", "AltGraph", "ca"), nowMs);
  page.hear(up("ControlLeft", "Control", "a"));
  page.hear(up("AltRight", "AltGraph"));
  expect(page.sent.join(" ")).toBe("+ControlLeft -ControlLeft +AltRight -AltRight");
});

/** The page with the picture, its listeners, and what they send. */
class Page {
  readonly sent: string[] = [];
  readonly #stage = new EventTarget();
  readonly #bindings: Bindings;

  constructor(platform: Platform) {
    const owner = { act: (events: readonly ControlEvent[]) => void this.sent.push(...events.map(written)), leader: () => {} };
    this.#bindings = new Bindings(this.#stage as HTMLElement, owner as unknown as BindingsOwner, platform);
  }

  /** `timeMs`: when it happened, if that was earlier. */
  hear(one: Heard, timeMs = performance.now()): void {
    switch (one.is) {
      case "key":
        return this.#key(one.type, one.init, timeMs);
      case "wait":
        return void vi.advanceTimersByTime(one.ms);
      case "blur":
      case "pagehide":
        return void window.dispatchEvent(new Event(one.is));
      case "hidden":
        Object.assign(document, { hidden: true });
        document.dispatchEvent(new Event("visibilitychange"));
        return void Object.assign(document, { hidden: false });
      // These two the session hears, and tells (`console/session.ts`).
      case "pointerLockLost":
        return this.#bindings.releaseAll();
      case "controlLost":
        return this.#bindings.forget();
    }
  }

  #key(type: string, init: Partial<KeyboardEvent> & { code: string }, timeMs: number): void {
    const event = Object.assign(new Event(type, { cancelable: true }), init);
    Object.defineProperty(event, "timeStamp", { value: timeMs });
    this.#stage.dispatchEvent(event);
    // The browser does nothing by itself with what is the target's.
    expect(event.defaultPrevented, `${type} ${init.code}`).toBe(init.code !== "Fn");
  }
}

function written(event: ControlEvent): string {
  if (event.type !== "key") return event.type === "releaseAll" ? "0" : event.type;
  return `${event.down ? "+" : "-"}${codeOf(event.usage)}`;
}

// One signal ends all of the page's listeners.
setMaxListeners(30);
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"], now: 0 });
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false, pointerLockElement: null }));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
