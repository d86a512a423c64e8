// What the page takes from the browser for itself: full screen, the keyboard, the mouse. The edge; every call may be refused.

interface KeyboardLock {
  lock(codes?: readonly string[]): Promise<void>;
  unlock(): void;
}

function keyboardLock(): KeyboardLock | undefined {
  return (navigator as Navigator & { keyboard?: KeyboardLock }).keyboard;
}

/** Chromium has it, in secure contexts; Firefox and Safari do not. */
export function canLockKeyboard(): boolean {
  return typeof keyboardLock()?.lock === "function";
}

export type FullScreenResult = "entered" | "enteredWithoutKeys" | "left" | "refused";

export async function toggleFullScreen(): Promise<FullScreenResult> {
  if (document.fullscreenElement) {
    keyboardLock()?.unlock();
    await document.exitFullscreen();
    return "left";
  }
  try {
    await document.documentElement.requestFullscreen({ navigationUI: "hide" });
  } catch {
    return "refused";
  }
  try {
    if (!canLockKeyboard()) return "enteredWithoutKeys";
    await keyboardLock()?.lock();
    return "entered";
  } catch {
    return "enteredWithoutKeys";
  }
}

/** Needs a click of its own. Rejects with the browser's reason. */
export async function lockPointer(element: HTMLElement): Promise<void> {
  try {
    // The mouse's own movement, without the local system's acceleration; not every system has it.
    await element.requestPointerLock({ unadjustedMovement: true });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== "NotSupportedError") throw error;
    await element.requestPointerLock();
  }
}

export function releasePointer(): void {
  if (document.pointerLockElement) document.exitPointerLock();
}

export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the blob once it has begun.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
