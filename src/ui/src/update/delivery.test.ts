import { expect, test } from "vitest";
import type { Job } from "../api/update.ts";
import { deliveryOf } from "./delivery.ts";
import { JOB, job } from "./fixtures.ts";

const dropped = job("transferring", { resume_at: 400 });

test.each([
  ["nothing is under way", null, 1000, false, { is: "none" }],
  ["this page sends", JOB, 1000, true, { is: "sending" }],
  ["the appliance fetches by itself", job("transferring", { source: "url", resume_at: null }), null, false, { is: "none" }],
  ["another page sends", JOB, null, false, { is: "elsewhere" }],
  ["it broke off here, and the appliance does not know yet", job("transferring"), 1000, false, { is: "soon" }],
  ["it broke off and the file is here", dropped, 1000, false, { is: "resume", from: 400 }],
  ["it broke off before anything arrived", { ...JOB, resume_at: 0 }, 1000, false, { is: "resume", from: 0 }],
  ["it broke off before the size was known", { ...JOB, resume_at: 40 }, 1000, false, { is: "resume", from: 40 }],
  ["it broke off and the page was loaded anew", dropped, null, false, { is: "ask" }],
  ["another file was chosen", dropped, 999, false, { is: "other" }],
  ["a file was chosen that has no such byte", { ...JOB, resume_at: 40 }, 40, false, { is: "other" }],
  ["all of it was sent", job("installed", { resume_at: null }), 1000, false, { is: "none" }],
  ["it failed", job("failed", { resume_at: 400 }), 1000, false, { is: "none" }],
] as [string, Job | null, number | null, boolean, object][])("%s", (_name, job, size, sending, expected) => {
  expect(deliveryOf(job, size, sending)).toEqual(expected);
});
