// Which HID usage each physical key of a browser has. Pure tables.
//
// `KeyboardEvent.code` names the key's place, not its letter, so the target's own layout decides what it types.
// Sources: W3C UI Events KeyboardEvent code values; USB HID Usage Tables 1.5, pages 0x07, 0x0C and 0x01.

import { Page, type Usage } from "../protocol/control.ts";

const LETTERS = Object.fromEntries([..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter, index) => [`Key${letter}`, 0x04 + index]));
const DIGITS = Object.fromEntries([..."1234567890"].map((digit, index) => [`Digit${digit}`, 0x1e + index]));
const NUMPAD = Object.fromEntries([..."1234567890"].map((digit, index) => [`Numpad${digit}`, 0x59 + index]));
const FUNCTIONS = Object.fromEntries(
  Array.from({ length: 24 }, (_, index) => [`F${index + 1}`, index < 12 ? 0x3a + index : 0x68 + index - 12]),
);

const KEYBOARD: Readonly<Record<string, number>> = {
  ...LETTERS,
  ...DIGITS,
  ...NUMPAD,
  ...FUNCTIONS,
  Enter: 0x28,
  Escape: 0x29,
  Backspace: 0x2a,
  Tab: 0x2b,
  Space: 0x2c,
  Minus: 0x2d,
  Equal: 0x2e,
  BracketLeft: 0x2f,
  BracketRight: 0x30,
  Backslash: 0x31,
  IntlHash: 0x32,
  Semicolon: 0x33,
  Quote: 0x34,
  Backquote: 0x35,
  Comma: 0x36,
  Period: 0x37,
  Slash: 0x38,
  CapsLock: 0x39,
  PrintScreen: 0x46,
  ScrollLock: 0x47,
  Pause: 0x48,
  Insert: 0x49,
  Home: 0x4a,
  PageUp: 0x4b,
  Delete: 0x4c,
  End: 0x4d,
  PageDown: 0x4e,
  ArrowRight: 0x4f,
  ArrowLeft: 0x50,
  ArrowDown: 0x51,
  ArrowUp: 0x52,
  NumLock: 0x53,
  NumpadDivide: 0x54,
  NumpadMultiply: 0x55,
  NumpadStar: 0x55,
  NumpadSubtract: 0x56,
  NumpadAdd: 0x57,
  NumpadEnter: 0x58,
  NumpadDecimal: 0x63,
  IntlBackslash: 0x64,
  ContextMenu: 0x65,
  NumpadEqual: 0x67,
  Open: 0x74,
  Help: 0x75,
  Props: 0x76,
  Select: 0x77,
  Again: 0x79,
  Undo: 0x7a,
  Cut: 0x7b,
  Copy: 0x7c,
  Paste: 0x7d,
  Find: 0x7e,
  NumpadComma: 0x85,
  IntlRo: 0x87,
  KanaMode: 0x88,
  IntlYen: 0x89,
  Convert: 0x8a,
  NonConvert: 0x8b,
  Lang1: 0x90,
  Lang2: 0x91,
  Lang3: 0x92,
  Katakana: 0x92,
  Lang4: 0x93,
  Hiragana: 0x93,
  Lang5: 0x94,
  Abort: 0x9b,
  NumpadParenLeft: 0xb6,
  NumpadParenRight: 0xb7,
  NumpadBackspace: 0xbb,
  NumpadHash: 0xcc,
  NumpadMemoryStore: 0xd0,
  NumpadMemoryRecall: 0xd1,
  NumpadMemoryClear: 0xd2,
  NumpadMemoryAdd: 0xd3,
  NumpadMemorySubtract: 0xd4,
  NumpadClear: 0xd8,
  NumpadClearEntry: 0xd9,
  ControlLeft: 0xe0,
  ShiftLeft: 0xe1,
  AltLeft: 0xe2,
  MetaLeft: 0xe3,
  OSLeft: 0xe3,
  ControlRight: 0xe4,
  ShiftRight: 0xe5,
  AltRight: 0xe6,
  MetaRight: 0xe7,
  OSRight: 0xe7,
};

const CONSUMER: Readonly<Record<string, number>> = {
  BrightnessUp: 0x6f,
  BrightnessDown: 0x70,
  MediaPlay: 0xb0,
  MediaPause: 0xb1,
  MediaRecord: 0xb2,
  MediaFastForward: 0xb3,
  MediaRewind: 0xb4,
  MediaTrackNext: 0xb5,
  MediaTrackPrevious: 0xb6,
  MediaStop: 0xb7,
  Eject: 0xb8,
  MediaPlayPause: 0xcd,
  AudioVolumeMute: 0xe2,
  VolumeMute: 0xe2,
  AudioVolumeUp: 0xe9,
  VolumeUp: 0xe9,
  AudioVolumeDown: 0xea,
  VolumeDown: 0xea,
  MediaSelect: 0x183,
  LaunchMediaPlayer: 0x183,
  LaunchMail: 0x18a,
  LaunchApp2: 0x192,
  LaunchApp1: 0x194,
  LaunchControlPanel: 0x19f,
  SelectTask: 0x1a2,
  LaunchScreenSaver: 0x1b1,
  LaunchAssistant: 0x1cb,
  BrowserSearch: 0x221,
  BrowserHome: 0x223,
  BrowserBack: 0x224,
  BrowserForward: 0x225,
  BrowserStop: 0x226,
  BrowserRefresh: 0x227,
  BrowserFavorites: 0x22a,
  ZoomToggle: 0x232,
  MailReply: 0x289,
  MailForward: 0x28b,
  MailSend: 0x28c,
  KeyboardLayoutSelect: 0x29d,
  ShowAllWindows: 0x29f,
};

const SYSTEM: Readonly<Record<string, number>> = {
  Power: 0x81,
  Sleep: 0x82,
  WakeUp: 0x83,
};

const PAGES: readonly [Page, Readonly<Record<string, number>>][] = [
  [Page.Keyboard, KEYBOARD],
  [Page.Consumer, CONSUMER],
  [Page.System, SYSTEM],
];

const USAGES: ReadonlyMap<string, Usage> = new Map(
  PAGES.flatMap(([page, table]) => Object.entries(table).map(([code, id]) => [code, { page, id }] as const)),
);

/** Every code that has a usage. */
export const CODES: readonly string[] = [...USAGES.keys()];

/** `undefined` for keys that HID does not have (Fn, and codes that browsers leave empty). */
export function usageOf(code: string): Usage | undefined {
  return USAGES.get(code);
}

const FIRST_CODES: ReadonlyMap<number, string> = new Map([...USAGES].reverse().map(([code, usage]) => [numberOf(usage), code]));

/** The code that has this usage; the first one where browsers have several. */
export function codeOf(usage: Usage): string | undefined {
  return FIRST_CODES.get(numberOf(usage));
}

function numberOf({ page, id }: Usage): number {
  return page * 0x10000 + id;
}
