// H.264 as the appliance sends it (ITU-T H.264, annex B): what a decoder has to be told before the first picture. Pure.

const SEQUENCE = 7;

/** The codec's name for `VideoDecoder` (RFC 6381), from the sequence parameter set; `null` when the picture has none. */
export function codecName(stream: Uint8Array): string | null {
  for (let at = 0; at + 6 < stream.length; at++) {
    const starts = stream[at] === 0 && stream[at + 1] === 0 && stream[at + 2] === 1;
    if (!starts || (stream[at + 3]! & 0x1f) !== SEQUENCE) continue;
    // Profile, constraints, level.
    const numbers = [...stream.subarray(at + 4, at + 7)];
    return `avc1.${numbers.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
  return null;
}
