// What the console can do, once: the palette, the menus and the help read it from here.

import { mayControl } from "../device.ts";
import type { Values } from "../i18n/format.ts";
import { type Key, t } from "../i18n/index.ts";
import { otherMode } from "../input/mode.ts";
import { targetKeys } from "../keys/target.ts";
import { keyHistory, mouseChoice } from "../preferences.ts";
import { aligning } from "./aligning.ts";
import { plugInRest, plugKeyboardAlone, wake } from "./cable.ts";
import { toggleJiggler } from "./jiggler.ts";
import { mouseMode } from "./mouse.ts";
import { canOpenWindow } from "./own-window.ts";
import type { Session } from "./session.ts";

export interface Command {
  readonly id: string;
  readonly label: Key;
  readonly values?: Values;
  /** Runs it from the open palette. */
  readonly letter?: string;
  /** Absent = always. */
  readonly useful?: (session: Session) => boolean;
  readonly run: (session: Session) => void;
}

export interface Strokes {
  readonly id: string;
  readonly label: Key;
  readonly values?: Values;
  readonly codes: readonly string[];
  /** And the key that has this letter on the target. */
  readonly sign?: string;
  readonly letter?: string;
  /** Folded away in the menu: what few need, and what does much. */
  readonly group?: "single" | "consoles" | "sysrq";
}

/** What Linux does with SysRq and this letter; the kernel goes by the key's place, whatever the layout. */
const SYSRQ = ["R", "E", "I", "S", "U", "B", "O", "F", "W", "H"] as const;

/** Keys that the browser or its system keeps for itself. */
export const STROKES: readonly Strokes[] = [
  { id: "ctrl-alt-del", label: "keys.ctrlAltDel", codes: ["ControlLeft", "AltLeft", "Delete"], letter: "d" },
  { id: "alt-tab", label: "keys.altTab", codes: ["AltLeft", "Tab"] },
  { id: "alt-f4", label: "keys.altF4", codes: ["AltLeft", "F4"] },
  { id: "meta", label: "keys.meta", codes: ["MetaLeft"] },
  { id: "meta-l", label: "keys.metaL", codes: ["MetaLeft"], sign: "l" },
  { id: "meta-d", label: "keys.metaD", codes: ["MetaLeft"], sign: "d" },
  { id: "ctrl-shift-esc", label: "keys.ctrlShiftEsc", codes: ["ControlLeft", "ShiftLeft", "Escape"] },
  { id: "meta-alt-esc", label: "keys.metaAltEsc", codes: ["MetaLeft", "AltLeft", "Escape"] },
  { id: "ctrl-alt-backspace", label: "keys.ctrlAltBackspace", codes: ["ControlLeft", "AltLeft", "Backspace"] },
  { id: "ctrl-esc", label: "keys.ctrlEsc", codes: ["ControlLeft", "Escape"] },
  { id: "ctrl-w", label: "keys.ctrlW", codes: ["ControlLeft"], sign: "w" },
  { id: "print-screen", label: "keys.printScreen", codes: ["PrintScreen"] },
  { id: "alt-print-screen", label: "keys.altPrintScreen", codes: ["AltLeft", "PrintScreen"] },
  { id: "right-ctrl", label: "keys.rightCtrl", codes: ["ControlRight"], group: "single" },
  { id: "caps-lock", label: "keys.capsLock", codes: ["CapsLock"], group: "single" },
  { id: "num-lock", label: "keys.numLock", codes: ["NumLock"], group: "single" },
  { id: "escape", label: "keys.escape", codes: ["Escape"], group: "single" },
  { id: "tab", label: "keys.tab", codes: ["Tab"], group: "single" },
  { id: "enter", label: "keys.enter", codes: ["Enter"], group: "single" },
  { id: "f11", label: "keys.f11", codes: ["F11"], group: "single" },
  ...[1, 2, 3, 4, 5, 6, 7].map(consoleKey),
  ...SYSRQ.map(sysrqKey),
];

function consoleKey(number: number): Strokes {
  return { id: `console-${number}`, label: "keys.console", values: { number }, codes: ["ControlLeft", "AltLeft", `F${number}`], group: "consoles" };
}

function sysrqKey(letter: (typeof SYSRQ)[number]): Strokes {
  return { id: `sysrq-${letter.toLowerCase()}`, label: `keys.sysrq.${letter}`, codes: ["AltLeft", "PrintScreen", `Key${letter}`], group: "sysrq" };
}

const inControl = (session: Session) => session.control.active.value;
const isOperator = () => mayControl.value;
const isAlone = (session: Session) => session.control.shown.value?.shown.length === 1;

export const COMMANDS: readonly Command[] = [
  { id: "full-screen", label: "view.fullScreen", letter: "f", run: (session) => void session.toggleFullScreen() },
  ...STROKES.filter(({ letter }) => letter).map(commandOf),
  { id: "paste", label: "bar.paste", letter: "p", useful: isOperator, run: (session) => session.openDialog("paste") },
  { id: "keyboard", label: "osk.title", letter: "k", useful: isOperator, run: (session) => session.toggleKeyboard("focused") },
  { id: "macros", label: "macro.open", useful: isOperator, run: (session) => session.openDialog("macros") },
  { id: "mouse-mode", label: "view.mouse.toggle", letter: "m", useful: isOperator, run: toggleMouseMode },
  { id: "screenshot", label: "bar.screenshot", letter: "s", run: (session) => void session.screenshot() },
  { id: "release-all", label: "keys.releaseAll", letter: "r", useful: isOperator, run: (session) => session.releaseAll() },
  { id: "wake", label: "keys.wake", useful: isOperator, run: () => void wake() },
  { id: "usb-reset", label: "keys.usbReset", useful: isOperator, run: (session) => session.openDialog("usb-reset") },
  { id: "usb-alone", label: "usb.alone.command", useful: (session) => isOperator() && !isAlone(session), run: () => void plugKeyboardAlone() },
  { id: "usb-rest", label: "usb.rest.command", useful: (session) => isOperator() && session.control.shown.value?.rest === true, run: () => void plugInRest() },
  { id: "bar", label: "bar.toggle", letter: "b", run: (session) => session.toggleBar() },
  { id: "settings", label: "settings.title", letter: ",", run: (session) => session.openSettings() },
  { id: "window", label: "window.open", letter: "w", useful: canOpenWindow, run: (session) => session.openWindow() },
  { id: "help", label: "user.help", letter: "?", run: (session) => session.openHelp(null) },
  { id: "take-control", label: "lease.take", useful: (session) => isOperator() && !inControl(session), run: (session) => session.perform("takeControl") },
  { id: "give-control", label: "lease.give", useful: inControl, run: (session) => session.control.giveUpControl() },
  { id: "history", label: "history.toggle", useful: isOperator, run: toggleHistory },
  { id: "align", label: "align.command", useful: isOperator, run: () => (aligning.value = true) },
  { id: "jiggler", label: "jiggler.command", useful: isOperator, run: (session) => void toggleJiggler(session.control.jiggler.peek()) },
  { id: "stats", label: "view.stats", run: (session) => (session.statsOpen.value = !session.statsOpen.value) },
  ...STROKES.filter(({ letter }) => !letter).map(commandOf),
];

function commandOf(strokes: Strokes): Command {
  const { id, label, values = {}, letter } = strokes;
  return { id, label, values, ...(letter ? { letter } : {}), useful: isOperator, run: (session) => void press(session, strokes) };
}

/** All of it down, then all up. */
export async function press(session: Session, { label, values, codes, sign }: Strokes): Promise<void> {
  const last = sign === undefined ? [] : [await targetKeys.codeOf(sign)];
  session.send(t(label, values), [...codes, ...last]);
}

function toggleMouseMode(): void {
  mouseChoice.value = otherMode(mouseMode.peek());
}

export function toggleHistory(): void {
  keyHistory.value = keyHistory.peek() === "on" ? "off" : "on";
}

/** As the palette has it. */
export interface Offer {
  readonly id: string;
  readonly text: string;
  readonly letter?: string;
  readonly run: (session: Session) => void;
}

/** What can be done now: the commands, and the macros with their digits. */
export function offersOf(session: Session): Offer[] {
  const commands = COMMANDS.filter((command) => command.useful?.(session) ?? true);
  const macros = mayControl.value ? session.macros.store.macros.value : [];
  return [
    ...commands.map(({ id, label, values, letter, run }) => ({ id, text: t(label, values), ...(letter ? { letter } : {}), run })),
    ...macros.map((macro) => ({
      id: `macro-${macro.id}`,
      text: t("macro.command", { name: macro.name }),
      ...(macro.digit === null ? {} : { letter: String(macro.digit) }),
      run: () => void session.macros.run(macro),
    })),
  ];
}
