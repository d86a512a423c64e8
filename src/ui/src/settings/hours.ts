// The jiggler's hours: as the appliance keeps them (`always`, `08:00-18:00` in UTC), in the fields, and here. Pure.

export interface Part {
  readonly from: string;
  readonly until: string;
}

/** `null` = always. */
export function partOf(hours: string): Part | null {
  const [, from, until] = /^(\d\d:\d\d)-(\d\d:\d\d)$/.exec(hours) ?? [];
  return from === undefined || until === undefined ? null : { from, until };
}

/** `null` while the fields are not two different times. */
export function hoursOf({ from, until }: Part): string | null {
  const isTime = (text: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
  return isTime(from) && isTime(until) && from !== until ? `${from}-${until}` : null;
}

/** A time of the day in UTC as clocks show it so many minutes east of it. */
export function here(time: string, minutesEast: number): string {
  const [hours, minutes] = time.split(":").map(Number) as [number, number];
  const day = 24 * 60;
  const at = (((hours * 60 + minutes + minutesEast) % day) + day) % day;
  return `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
}
