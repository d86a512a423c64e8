// Frames → pictures by what the browser has: an image decoder for JPEG, WebCodecs for H.264.

import { codecName } from "../protocol/h264.ts";
import { CODEC_H264, type Frame } from "../protocol/video.ts";
import type { Picture } from "./player.ts";

/** One that can be painted. */
export interface Painting extends Picture {
  readonly image: CanvasImageSource;
}

/** What the appliance's pictures mean by their numbers, whatever the encoder says of them: as JPEG has it. */
const COLOURS: VideoColorSpaceInit = { primaries: "bt709", transfer: "iec61966-2-1", matrix: "smpte170m", fullRange: true };

export function knowsH264(): boolean {
  return typeof VideoDecoder === "function";
}

export class Decoder {
  #h264: H264Decoder | null = null;

  decode(frame: Frame): Promise<Painting> {
    if (frame.codec !== CODEC_H264) return decodeJpeg(frame);
    this.#h264 ??= new H264Decoder();
    return this.#h264.decode(frame);
  }

  /** The next picture has nothing to do with the last one. */
  forget(): void {
    this.#h264?.close();
    this.#h264 = null;
  }
}

async function decodeJpeg(frame: Frame): Promise<Painting> {
  const image = await createImageBitmap(new Blob([frame.payload], { type: "image/jpeg" }));
  return { image, width: image.width, height: image.height, close: () => image.close() };
}

interface Waiting {
  done(picture: Painting): void;
  failed(error: Error): void;
}

/** Pictures in, pictures out, in the same order: none waits for a later one. */
class H264Decoder {
  readonly #waiting: Waiting[] = [];
  #codec: string | null = null;
  readonly #decoder = new VideoDecoder({
    output: (image) => this.#out(image),
    error: (error) => this.#fail(error),
  });

  decode(frame: Frame): Promise<Painting> {
    return new Promise((done, failed) => {
      this.#waiting.push({ done, failed });
      try {
        this.#feed(frame);
      } catch (error) {
        this.#fail(error as Error);
      }
    });
  }

  close(): void {
    if (this.#decoder.state !== "closed") this.#decoder.close();
    this.#fail(new Error("closed"));
  }

  #feed(frame: Frame): void {
    const codec = frame.standsAlone ? codecName(frame.payload) : null;
    if (codec && codec !== this.#codec) {
      this.#codec = codec;
      this.#decoder.configure({ codec, optimizeForLatency: true, colorSpace: COLOURS });
    }
    const type = frame.standsAlone ? "key" : "delta";
    this.#decoder.decode(new EncodedVideoChunk({ type, timestamp: frame.capturedUs, data: frame.payload }));
  }

  #out(image: VideoFrame): void {
    const waiting = this.#waiting.shift();
    if (!waiting) return image.close();
    const { displayWidth: width, displayHeight: height } = image;
    waiting.done({ image, width, height, close: () => image.close() });
  }

  #fail(error: Error): void {
    for (const waiting of this.#waiting.splice(0)) waiting.failed(error);
  }
}
