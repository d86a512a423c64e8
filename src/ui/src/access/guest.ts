// A guest link, `https://farseat.local/#guest=TOKEN`: the token is in the fragment, which no server and no log sees. Pure.

const BEGINNING = "#guest=";

/** The token of a guest link; `null` when this is none. */
export function guestTokenOf(hash: string): string | null {
  if (!hash.startsWith(BEGINNING)) return null;
  const token = hash.slice(BEGINNING.length);
  return /^[A-Za-z0-9_~.-]{1,256}$/.test(token) ? token : null;
}

/** What a guest is given; `path` as the appliance said it. */
export function guestLink(origin: string, path: string): string {
  return new URL(path, origin).href;
}
