// What names and passwords the appliance takes, said before it refuses, and a hint of how strong a password is. Pure.

/** Few rules: length is what counts. */
export const SHORTEST = 8;
export const LONGEST = 256;

export type Strength = "short" | "weak" | "fair" | "strong";

const COMMON = ["password", "passw0rd", "12345678", "123456789", "qwertyui", "letmein", "administrator", "raspberry", "farseat"];
const ALPHABETS: readonly [RegExp, number][] = [
  [/[a-z]/, 26],
  [/[A-Z]/, 26],
  [/[0-9]/, 10],
  [/[^a-zA-Z0-9]/, 33],
];

/** A rough estimate: letters that follow from the one before count for little. */
export function strength(password: string, username: string): Strength {
  if ([...password].length < SHORTEST) return "short";
  const lower = password.toLowerCase();
  const guessable = COMMON.some((word) => lower.startsWith(word)) || (username !== "" && lower.includes(username.toLowerCase()));
  const letters = ALPHABETS.reduce((sum, [set, size]) => (set.test(password) ? sum + size : sum), 0);
  const bits = surprises(password) * Math.log2(letters);
  if (guessable || bits < 45) return "weak";
  return bits < 70 ? "fair" : "strong";
}

/** Characters that neither repeat the one before nor count on from it. */
function surprises(password: string): number {
  let count = 0;
  let before = -10;
  for (const character of password) {
    const code = character.codePointAt(0)!;
    if (Math.abs(code - before) > 1) count += 1;
    before = code;
  }
  return count;
}

export function isUserName(name: string): boolean {
  return /^[a-z0-9._-]{1,32}$/.test(name);
}

/** An empty one leaves the name as it is. */
export function isDeviceName(name: string): boolean {
  return /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$/i.test(name);
}
