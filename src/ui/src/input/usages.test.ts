import { expect, test } from "vitest";
import { Page } from "../protocol/control.ts";
import { CODES, codeOf, usageOf } from "./usages.ts";

/** Every code of section 3.1 (alphanumeric, functional, control pad, arrows, numpad, function) of UI Events code values. */
const STANDARD = `
Backquote Backslash BracketLeft BracketRight Comma Digit0 Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9
Equal IntlBackslash IntlRo IntlYen KeyA KeyB KeyC KeyD KeyE KeyF KeyG KeyH KeyI KeyJ KeyK KeyL KeyM KeyN KeyO KeyP KeyQ
KeyR KeyS KeyT KeyU KeyV KeyW KeyX KeyY KeyZ Minus Period Quote Semicolon Slash AltLeft AltRight Backspace CapsLock
ContextMenu ControlLeft ControlRight Enter MetaLeft MetaRight ShiftLeft ShiftRight Space Tab Convert KanaMode Lang1 Lang2
Lang3 Lang4 Lang5 NonConvert Delete End Help Home Insert PageDown PageUp ArrowDown ArrowLeft ArrowRight ArrowUp NumLock
Numpad0 Numpad1 Numpad2 Numpad3 Numpad4 Numpad5 Numpad6 Numpad7 Numpad8 Numpad9 NumpadAdd NumpadBackspace NumpadClear
NumpadClearEntry NumpadComma NumpadDecimal NumpadDivide NumpadEnter NumpadEqual NumpadHash NumpadMemoryAdd
NumpadMemoryClear NumpadMemoryRecall NumpadMemoryStore NumpadMemorySubtract NumpadMultiply NumpadParenLeft
NumpadParenRight NumpadStar NumpadSubtract Escape F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12 F13 F24 PrintScreen ScrollLock
Pause BrowserBack BrowserFavorites BrowserForward BrowserHome BrowserRefresh BrowserSearch BrowserStop Eject LaunchApp1
LaunchApp2 LaunchMail MediaPlayPause MediaSelect MediaStop MediaTrackNext MediaTrackPrevious Power Sleep AudioVolumeDown
AudioVolumeMute AudioVolumeUp WakeUp Abort Again Copy Cut Find Open Paste Props Select Undo Hiragana Katakana
`.trim().split(/\s+/);

test.each(STANDARD)("%s has a usage", (code) => {
  expect(usageOf(code)).toBeDefined();
});

test("usages stay within what the appliance accepts", () => {
  for (const code of CODES) {
    const usage = usageOf(code)!;
    const [least, most] = { [Page.Keyboard]: [0x04, 0xe7], [Page.Consumer]: [1, 0x3ff], [Page.System]: [0x81, 0x83] }[usage.page]!;
    expect(usage.id, code).toBeGreaterThanOrEqual(least!);
    expect(usage.id, code).toBeLessThanOrEqual(most!);
  }
});

test.each([
  ["KeyA", 0x04],
  ["KeyZ", 0x1d],
  ["Digit1", 0x1e],
  ["Digit0", 0x27],
  ["F1", 0x3a],
  ["F12", 0x45],
  ["F13", 0x68],
  ["F24", 0x73],
  ["Numpad1", 0x59],
  ["Numpad0", 0x62],
  ["IntlBackslash", 0x64],
  ["IntlYen", 0x89],
  ["MetaRight", 0xe7],
])("%s is keyboard usage %i", (code, id) => {
  expect(usageOf(code)).toEqual({ page: Page.Keyboard, id });
});

test("media keys are on the consumer page and power keys on the system page", () => {
  expect(usageOf("AudioVolumeUp")).toEqual({ page: Page.Consumer, id: 0xe9 });
  expect(usageOf("Sleep")).toEqual({ page: Page.System, id: 0x82 });
});

test("only aliases of the same key share a usage", () => {
  const aliases = new Set(["OSLeft", "OSRight", "NumpadStar", "Katakana", "Hiragana", "VolumeMute", "VolumeUp", "VolumeDown", "LaunchMediaPlayer"]);
  const seen = new Set<string>();
  for (const code of CODES.filter((code) => !aliases.has(code))) {
    const { page, id } = usageOf(code)!;
    expect(seen.has(`${page}:${id}`), code).toBe(false);
    seen.add(`${page}:${id}`);
  }
});

test("a key that HID does not have, and an object's own property, have no usage", () => {
  for (const code of ["", "Fn", "Unidentified", "constructor", "__proto__"]) expect(usageOf(code)).toBeUndefined();
});

test("a usage leads back to a code that has it, on its own page", () => {
  for (const code of CODES) expect(usageOf(codeOf(usageOf(code)!)!), code).toEqual(usageOf(code));
  expect(codeOf({ page: Page.Keyboard, id: 0xe2 })).toBe("AltLeft");
  expect(codeOf({ page: Page.Consumer, id: 0xe2 })).toBe("AudioVolumeMute");
  expect(codeOf({ page: Page.Keyboard, id: 0xffff })).toBeUndefined();
});
