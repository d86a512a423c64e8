// The console in a window of its own: without tabs and, as far as the browser allows, without an address; as large as the
// picture. It has the same session. What it is, it is by its name, which a reload leaves.

import type { Size } from "../video/feed.ts";

const NAME = "farseat-console";
/** What is left of the screen around it. */
const MARGIN = 0.92;
/** The status strip. */
const BESIDE = 34;
/** For as long as nobody has seen a picture. */
const USUAL: Size = { width: 1280, height: 720 };

/** This page is in such a window. */
export const isOwnWindow = globalThis.window?.name === NAME;

/** Phones and tablets have no windows beside each other. */
export function canOpenWindow(): boolean {
  return !isOwnWindow && matchMedia("(any-pointer: fine)").matches;
}

/** As large as the picture and the strip below it, and no larger than the screen, in the picture's shape. */
export function sizeFor(picture: Size, screen: Size, devicePixels: number): Size {
  const shown = picture.width > 0 && picture.height > 0 ? picture : USUAL;
  const wanted = { width: shown.width / devicePixels, height: shown.height / devicePixels };
  const room = { width: screen.width * MARGIN, height: screen.height * MARGIN - BESIDE };
  const scale = Math.min(1, room.width / wanted.width, room.height / wanted.height);
  return { width: Math.round(wanted.width * scale), height: Math.round(wanted.height * scale) + BESIDE };
}

/** Opens it, or brings it to the front; `false`: the browser has kept it from opening. */
export function openOwnWindow(picture: Size): boolean {
  const { width, height } = sizeFor(picture, { width: screen.availWidth, height: screen.availHeight }, devicePixelRatio);
  const opened = window.open(location.pathname, NAME, `popup,width=${width},height=${height}`);
  opened?.focus();
  return opened !== null;
}
