// How long a stage still takes, by what was done in the last seconds. Pure.

export interface Sample {
  readonly atMs: number;
  readonly done: number;
}

const WINDOW_MS = 15_000;
/** Too little to tell anything. */
const SHORTEST_MS = 3000;

/** Remembers what was done when; less than before is another stage. */
export function pace(samples: readonly Sample[], done: number, atMs: number): readonly Sample[] {
  const last = samples.at(-1);
  const same = last !== undefined && done >= last.done;
  return [...(same ? samples.filter((each) => atMs - each.atMs <= WINDOW_MS) : []), { atMs, done }];
}

/** Seconds; `null` when nobody can tell. */
export function secondsLeft(samples: readonly Sample[], of: number): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.atMs - first.atMs < SHORTEST_MS || last.done <= first.done) return null;
  return Math.max(1, Math.round(((of - last.done) * (last.atMs - first.atMs)) / (last.done - first.done) / 1000));
}
