// The zoomed picture on the page: asks the layout where things are, lets `input/zoom.ts` decide, and shows it. Belongs to
// the session; the fingers and the mouse (`input/bindings.ts`) and the button that leads back call it.

import { signal } from "@preact/signals";
import type { ZoomedPicture } from "../input/bindings.ts";
import type { Box, Point } from "../input/pointer.ts";
import { type Frame, follow, isCropped, kept, letGo, pinch, reveal, WHOLE, type Zoom } from "../input/zoom.ts";

export class Zooming implements ZoomedPicture {
  readonly zoom = signal<Zoom>(WHOLE);
  #resized: ResizeObserver | null = null;

  /** `pictureBox`: where the picture is on the page now, zoomed as it is. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly pictureBox: () => Box,
  ) {}

  /** The canvas is in its frame now; whatever size the two get, the picture stays in it. */
  attach(): void {
    this.#resized = new ResizeObserver(() => this.#change(kept));
    this.#resized.observe(this.canvas);
    this.#resized.observe(this.canvas.parentElement!);
  }

  detach(): void {
    this.#resized?.disconnect();
    this.#resized = null;
  }

  /** The whole picture again. */
  reset(): void {
    this.#show(WHOLE);
  }

  frame(): Box {
    return this.canvas.parentElement!.getBoundingClientRect();
  }

  get cropped(): boolean {
    return isCropped(this.zoom.peek(), this.#frame());
  }

  pinch(from: Point, to: Point, factor: number): void {
    this.#change((zoom, frame) => pinch(zoom, frame, this.#inFrame(from), this.#inFrame(to), factor));
  }

  letGo(): void {
    this.#change(letGo);
  }

  follow(mouse: Point): void {
    if (this.cropped) this.#change((zoom, frame) => follow(zoom, frame, this.#inFrame(mouse)));
  }

  reveal(place: Point): void {
    if (this.cropped) this.#change((zoom, frame) => reveal(zoom, frame, this.#inFrame(place)));
  }

  #change(decide: (zoom: Zoom, frame: Frame) => Zoom): void {
    this.#show(decide(this.zoom.peek(), this.#frame()));
  }

  #show(zoom: Zoom): void {
    const { style, classList, offsetLeft, offsetTop } = this.canvas;
    style.setProperty("--zoom", `${zoom.scale}`);
    // The element may begin beside its frame's corner, and is scaled around its own.
    style.setProperty("--zoom-x", `${zoom.x + (zoom.scale - 1) * offsetLeft}px`);
    style.setProperty("--zoom-y", `${zoom.y + (zoom.scale - 1) * offsetTop}px`);
    classList.toggle("zoomed", zoom !== WHOLE);
    this.zoom.value = zoom;
  }

  /** The layout without the zoom. */
  #frame(): Frame {
    const { width, height } = this.frame();
    const { scale } = this.zoom.peek();
    const element = this.canvas.getBoundingClientRect();
    const picture = this.pictureBox();
    return {
      width,
      height,
      picture: {
        left: this.canvas.offsetLeft + (picture.left - element.left) / scale,
        top: this.canvas.offsetTop + (picture.top - element.top) / scale,
        width: picture.width / scale,
        height: picture.height / scale,
      },
    };
  }

  #inFrame({ x, y }: Point): Point {
    const { left, top } = this.frame();
    return { x: x - left, y: y - top };
  }
}
