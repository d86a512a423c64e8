// What stands between the operator and the target: at most one sentence and one action at a time. Pure.

import type { StateId } from "../help/states.ts";
import type { Key } from "../i18n/index.ts";
import type { Values } from "../i18n/format.ts";
import type { Link } from "../net/socket.ts";
import type { UsbState } from "../protocol/control.ts";
import type { SignalState } from "../protocol/video.ts";
import type { Lease } from "./control.ts";

export type ActionId = "tryNow" | "tryAgain" | "wake" | "takeControl" | "plugIn" | "hide" | "absolute";

export interface Situation {
  readonly id: StateId;
  /** A cover dims the picture, because it is old or absent; a notice leaves it alone. */
  readonly over: "cover" | "notice";
  readonly text: Key;
  readonly values: Values;
  readonly action: ActionId | null;
  /** Something is under way by itself. */
  readonly busy: boolean;
}

export interface Facts {
  readonly video: Link;
  readonly control: Link;
  /** `null` until the appliance has said it on this connection. */
  readonly signal: SignalState | null;
  readonly usb: UsbState | null;
  /** The target is shown the keyboard alone; the rest waits. */
  readonly rest: boolean;
  readonly lease: Lease | null;
  /** A frame was painted since the signal became live. */
  readonly painted: boolean;
  /** The relative mouse waits for a click. */
  readonly mouseWaits: boolean;
  /** By his role the operator is none: he has no control connection. */
  readonly watches: boolean;
}

/** The most pressing one; `null` = nothing stands in the way. An ended session is the login dialog's affair. */
export function situationOf(facts: Facts): Situation | null {
  return ofConnection(facts) ?? ofPicture(facts) ?? ofControl(facts);
}

function ofConnection({ video, control: own, watches }: Facts): Situation | null {
  const control = watches ? video : own;
  if (video.is === "ended" || control.is === "ended") return null;
  const lost = [control, video].find((link) => link.is === "lost");
  if (lost?.is === "lost" && lost.why === "restarting") return cover("restarting", "tryNow", true);
  if (lost?.is === "lost" && lost.why === "off") return cover("switchedOff", "tryNow", false);
  if (lost) return cover("lost", "tryNow", true);
  if (video.is === "connecting" || control.is === "connecting") return cover("connecting", null, true);
  return null;
}

function ofPicture({ signal, usb, lease, painted, watches }: Facts): Situation | null {
  const wake = watches ? null : lease?.you ? "wake" : "takeControl";
  switch (signal) {
    case null:
      return cover("connecting", null, true);
    case "starting":
      return cover("starting", null, true);
    case "live":
      return painted ? null : cover("starting", null, true);
    case "no_cable":
    case "no_sync":
      if (usb === "suspended") return cover("asleep", wake, false);
      if (signal === "no_cable" && usb === "disconnected") return cover("off", "tryAgain", false);
      return cover(signal, "tryAgain", false);
    case "no_device":
    case "out_of_range":
      return cover(signal, "tryAgain", false);
  }
}

function ofControl({ usb, rest, lease, mouseWaits, watches }: Facts): Situation | null {
  if (watches) return notice("viewer", "hide");
  if (lease && !lease.you) {
    return lease.controller
      ? notice("taken", "takeControl", { name: lease.controller.name })
      : notice("free", "takeControl");
  }
  if (usb === "no_gadget") return notice("no_gadget", "hide");
  if (usb === "disconnected") return notice("usb_disconnected", "hide");
  if (usb === "suspended") return notice("asleep", "wake");
  if (rest) return notice("keyboard_alone", "plugIn");
  return mouseWaits ? notice("hold", "absolute") : null;
}

function cover(id: StateId, action: ActionId | null, busy: boolean): Situation {
  return { id, over: "cover", text: `state.${id}`, values: {}, action, busy };
}

function notice(id: StateId, action: ActionId, values: Values = {}): Situation {
  return { id, over: "notice", text: `state.${id}`, values, action, busy: false };
}
