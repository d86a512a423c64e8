// The keyboard on the screen, in the target's layout. Which keys, what is on them and what a press does is decided in `keys/`.

import "../../style/keys.css";
import { signal, useSignal } from "@preact/signals";
import { TextCursorInput, X } from "lucide-preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { Session } from "../../console/session.ts";
import { mayControl } from "../../device.ts";
import { type Key, t } from "../../i18n/index.ts";
import { type Board, boardFor, type Place, type Room } from "../../keys/board.ts";
import { Hands } from "../../keys/hands.ts";
import { Icon } from "../../parts/icon.tsx";
import { targetLayout } from "../../preferences.ts";
import { type Caps, KeyCap } from "./cap.tsx";
import { targetKeys } from "./target.ts";
import { LayoutChoice } from "./layout-choice.tsx";
import { OwnKeyboard } from "./own-keyboard.tsx";

const PANELS = ["letters", "navigation", "functions", "media"] as const;
type Panel = (typeof PANELS)[number];

/** As in keys.css. */
const NARROW = matchMedia("(max-width: 720px)");
const room = signal<Room>(NARROW.matches ? "narrow" : "full");
NARROW.addEventListener("change", () => (room.value = NARROW.matches ? "narrow" : "full"));

interface Props {
  readonly session: Session;
}

export function Keyboard({ session }: Props) {
  const frame = useRef<HTMLElement>(null);
  const panel = useSignal<Panel>("letters");
  const own = useSignal(false);
  const hands = useMemo(() => new Hands(session), []);
  useEffect(() => targetKeys.open(), []);
  // Before it is painted: whoever sees it may press at once.
  useLayoutEffect(() => hands.watch(frame.current!), []);
  const legends = targetKeys.legends.value;
  const board = useMemo(() => boardFor(legends.keys, room.value), [legends, room.value]);
  const caps: Caps = { legends, leds: session.control.leds.value, presses: hands.presses, turn: hands.turn.value, at: hands.at.value, narrow: room.value === "narrow" };
  return (
    <section
      ref={frame}
      class={`osk ${room.value} ${own.value ? "own" : ""}`}
      aria-label={t("osk.title")}
      data-testid="osk"
      data-panel={panel.value}
      data-layout={targetLayout.value ?? "us"}
    >
      <div class="osk-head">
        <Panels panel={panel.value} onChoose={(chosen) => (panel.value = chosen)} />
        <LayoutChoice />
        <button
          type="button"
          class="bar-button icon-only"
          aria-label={t("osk.own")}
          title={t("osk.own")}
          aria-pressed={own.value}
          data-testid="osk-own"
          onClick={() => (own.value = !own.peek())}
        >
          <Icon of={TextCursorInput} />
        </button>
        <button
          type="button"
          class="bar-button icon-only"
          aria-label={t("osk.close")}
          title={t("osk.close")}
          data-testid="osk-close"
          onClick={() => session.toggleKeyboard("open")}
        >
          <Icon of={X} />
        </button>
      </div>
      <Hindrance session={session} />
      {own.value && <OwnKeyboard session={session} />}
      <div class="osk-board" role="group" aria-label={t("osk.title")}>
        <Blocks board={board} caps={caps} />
      </div>
    </section>
  );
}

function Panels({ panel, onChoose }: { readonly panel: Panel; readonly onChoose: (panel: Panel) => void }) {
  return (
    <div class="osk-panels" role="group" aria-label={t("osk.panels")}>
      {PANELS.map((each) => (
        <button key={each} type="button" class="osk-panel" aria-pressed={each === panel} data-testid={`osk-panel-${each}`} onClick={() => onChoose(each)}>
          {t(`osk.panel.${each}`)}
        </button>
      ))}
    </div>
  );
}

/** Why keys do not reach the target, said where they are pressed. */
function Hindrance({ session }: Props) {
  const text = hindranceOf(session);
  return (
    <p class={text ? "osk-note" : "unseen"} role="status" data-testid="osk-note">
      {text && t(text)}
      {text === "osk.viewOnly" && mayControl.value && (
        <button type="button" class="button compact" data-testid="osk-take" onClick={() => session.control.takeControl()}>
          {t("lease.take")}
        </button>
      )}
    </p>
  );
}

function hindranceOf({ control }: Session): Key | null {
  if (!control.active.value) return "osk.viewOnly";
  if (control.usb.value === "suspended") return "osk.asleep";
  return control.usb.value === "configured" || control.usb.value === null ? null : "osk.unplugged";
}

function Blocks({ board, caps }: { readonly board: Board; readonly caps: Caps }) {
  const block = (name: string, places: readonly Place[]) => {
    // One key of each block is in the Tab key's order; the arrow keys lead to the others.
    const stop = places.find(({ code }) => code === caps.at) ?? places[0];
    return (
      <div class={`osk-block ${name}`}>
        {places.map((place) => (
          <KeyCap key={place.code} place={place} caps={caps} stop={place === stop} />
        ))}
      </div>
    );
  };
  return (
    <>
      <div class="osk-part letters">{block("osk-letters", board.letters)}</div>
      <div class="osk-part navigation">
        {block("osk-navigation", board.navigation)}
        {block("osk-keypad", board.keypad)}
      </div>
      <div class="osk-part functions">{block("osk-functions", board.functions)}</div>
      <div class="osk-part media">{block("osk-media", board.media)}</div>
    </>
  );
}
