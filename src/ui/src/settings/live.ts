// The network page of this browser's page, with its real edges. Lives as long as that, so that a change is seen through
// even when Settings is closed.

import { effect } from "@preact/signals";
import { browserEdges } from "../net/looking.ts";
import { edidApi } from "../api/edid.ts";
import { networkApi } from "../api/network.ts";
import { settingsApi } from "../api/settings.ts";
import { sizeApi } from "../api/size.ts";
import { usbApi } from "../api/usb.ts";
import { toast } from "../console/toasts.ts";
import { rename } from "../device.ts";
import { EdidPage } from "./edid.ts";
import { NetworkPage } from "./network.ts";
import { RuntimePage } from "./runtime.ts";
import { SizePage } from "./size.ts";
import { UsbPage } from "./usb.ts";

/** The settings whose changes are in force at once. */
export const runtimePage = new RuntimePage(settingsApi);

const everySecond = (callback: () => void) => {
  const timer = setInterval(callback, 1000);
  return () => clearInterval(timer);
};

export const sizePage = new SizePage(sizeApi, everySecond);
export const usbPage = new UsbPage(usbApi, everySecond);

export const edidPage = new EdidPage(edidApi);

export const networkPage = new NetworkPage({ ...browserEdges, api: networkApi, nowMs: () => performance.now() });

// How it ended is said even when Settings was closed meanwhile.
effect(() => {
  const change = networkPage.change.value;
  if (networkPage.shown.peek()) return;
  if (change.is === "kept") toast("trial.kept");
  if (change.is === "undone") toast(`trial.undone.${change.why}`);
});

// What is on trial is not its name yet.
effect(() => {
  const network = networkPage.network.value;
  if (network && !network.pending) rename(network.settings.name);
});
