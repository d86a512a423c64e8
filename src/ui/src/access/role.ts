// What each role may do, as far as the page shows it. The appliance decides; this only keeps the page from offering
// what would be refused. Pure.

export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export function atLeast(role: Role | null, needed: Role): boolean {
  return role !== null && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The roles that somebody with this one may give away. */
export function upTo(role: Role | null): readonly Role[] {
  return ROLES.filter((each) => atLeast(role, each));
}

/** What the appliance said, or nothing that it may not be. */
export function roleOf(said: string | null | undefined): Role | null {
  return ROLES.find((role) => role === said) ?? null;
}
