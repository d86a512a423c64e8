// Times as people say them: how long ago, and how long still, and for how long. Pure; the words come from `Intl`.

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** "5 minutes ago"; `null` within the last minute, for which there is a word of its own. */
export function ago(seconds: number, words: Intl.RelativeTimeFormat): string | null {
  return relative(-Math.max(0, seconds), words);
}

/** "in 3 days"; `null` within the next minute. */
export function until(seconds: number, words: Intl.RelativeTimeFormat): string | null {
  return relative(Math.max(0, seconds), words);
}

function relative(seconds: number, words: Intl.RelativeTimeFormat): string | null {
  const found = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  if (!found) return null;
  const [unit, size] = found;
  return words.format(Math.trunc(seconds / size), unit);
}

/** The two largest units of a length of time: "2 hours 5 minutes". Less than a minute is nought of them. */
export function lengthOf(seconds: number, locale: string): string {
  const largest = UNITS.findIndex(([, size]) => seconds >= size);
  let left = seconds;
  const parts = UNITS.slice(largest).slice(0, 2).map(([unit, size]) => {
    const amount = Math.floor(left / size);
    left -= amount * size;
    return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(amount);
  });
  return parts.join(" ");
}
