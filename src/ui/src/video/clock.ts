// The appliance's clock as seen from here: questions and answers give the offset. Pure: time comes in as a parameter.
//
// The answer with the shortest round trip is the most exact (its error is at most half of that trip), so the best of
// the last few is used; older ones go, because two quartz clocks drift apart by some 50 µs a second.

const REMEMBERED = 12;

interface Sample {
  readonly roundTripUs: number;
  readonly offsetUs: number;
}

export class ClockOffset {
  readonly #asked = new Map<number, number>();
  #samples: Sample[] = [];
  #token = 0;

  /** The token of a question that is sent now. */
  ask(nowUs: number): number {
    this.#token = (this.#token + 1) >>> 0;
    this.#asked.set(this.#token, nowUs);
    // Questions that were never answered must not pile up.
    for (const token of this.#asked.keys()) {
      if (this.#asked.size <= REMEMBERED) break;
      this.#asked.delete(token);
    }
    return this.#token;
  }

  answer(token: number, applianceUs: number, nowUs: number): void {
    const askedUs = this.#asked.get(token);
    if (askedUs === undefined) return;
    this.#asked.delete(token);
    const roundTripUs = nowUs - askedUs;
    this.#samples.push({ roundTripUs, offsetUs: applianceUs - (askedUs + roundTripUs / 2) });
    this.#samples = this.#samples.slice(-REMEMBERED);
  }

  /** How long ago something happened on the appliance; `null` before the first answer. */
  ageUs(applianceUs: number, nowUs: number): number | null {
    const best = this.#best();
    return best ? nowUs + best.offsetUs - applianceUs : null;
  }

  /** The shortest round trip remembered; `null` before the first answer. */
  get roundTripUs(): number | null {
    return this.#best()?.roundTripUs ?? null;
  }

  /** After a reconnect the appliance may have started anew. */
  forget(): void {
    this.#asked.clear();
    this.#samples = [];
  }

  #best(): Sample | undefined {
    return this.#samples.reduce<Sample | undefined>(
      (best, sample) => (best && best.roundTripUs <= sample.roundTripUs ? best : sample),
      undefined,
    );
  }
}
