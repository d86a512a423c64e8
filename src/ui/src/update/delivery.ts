// The file of an upload: who sends it, and what is to be sent next. Pure.
//
//   the appliance receives ──▶ sending (from here) | elsewhere (from another page) | soon (it has not noticed yet that
//                              this page's connection is gone)
//   it wants more (`resume_at`) ──▶ resume, with the same file at hand; ask, without one; other, with another one

import type { Job } from "../api/update.ts";
import { isActive } from "./journey.ts";

export type Delivery =
  /** No upload is under way. */
  | { readonly is: "none" }
  | { readonly is: "sending" }
  | { readonly is: "elsewhere" }
  | { readonly is: "soon" }
  | { readonly is: "resume"; readonly from: number }
  | { readonly is: "ask" }
  | { readonly is: "other" };

/** `size`: of the bundle that is at hand here. `sending`: this page sends at this moment. */
export function deliveryOf(job: Job | null, size: number | null, sending: boolean): Delivery {
  if (sending) return { is: "sending" };
  if (!isActive(job) || job.source !== "upload") return { is: "none" };
  if (job.resume_at === null) return size === null ? { is: "elsewhere" } : { is: "soon" };
  if (size === null) return { is: "ask" };
  const fits = size > job.resume_at && (job.size === null || job.size === size);
  return fits ? { is: "resume", from: job.resume_at } : { is: "other" };
}
