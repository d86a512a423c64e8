// Times as people say them: how long ago, and how long still. Pure; the words come from `Intl`.

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });

/** "5 minutes ago"; `null` within the last minute, for which there is a word of its own. */
export function ago(seconds: number): string | null {
  return relative(-Math.max(0, seconds));
}

/** "in 3 days"; `null` within the next minute. */
export function until(seconds: number): string | null {
  return relative(Math.max(0, seconds));
}

function relative(seconds: number): string | null {
  const found = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (!found) return null;
  const [unit, size] = found;
  return words.format(Math.trunc(seconds / size), unit);
}
