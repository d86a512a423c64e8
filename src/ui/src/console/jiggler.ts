// The jiggler's switch in the console; its schedule is in Settings.

import { changeSettings } from "../api/settings.ts";
import type { JigglerState } from "../protocol/control.ts";
import { toast } from "./toasts.ts";

export async function toggleJiggler(now: JigglerState): Promise<void> {
  const on = now === "off";
  try {
    await changeSettings({ jiggler: { on } });
    toast(on ? "toast.jiggler.on" : "toast.jiggler.off");
  } catch {
    toast("toast.jiggler.failed");
  }
}
