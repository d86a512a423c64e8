import { expect, test } from "vitest";
import { broken, CONSOLE_BYTES, LOGIN_BYTES, measure } from "./budget.ts";

const files = [
  { name: "index.html", gzipBytes: 1, imports: [] },
  { name: "entry.js", gzipBytes: 10, imports: ["shared.js", "entry.css"] },
  { name: "shared.js", gzipBytes: 100, imports: [] },
  { name: "entry.css", gzipBytes: 1000, imports: [] },
  { name: "console.js", gzipBytes: 10000, imports: ["entry.js", "shared.js"] },
];

test("a file that two chunks import is counted once", () => {
  expect(measure(files, ["index.html", "entry.js", "console.js"])).toEqual({ files: 5, gzipBytes: 11111 });
});

test("the console's own weight is not part of login", () => {
  expect(measure(files, ["index.html", "entry.js"]).gzipBytes).toBe(1111);
});

test("a file that the build lacks is an error", () => {
  expect(() => measure(files, ["gone.js"])).toThrow("gone.js");
});

test("budgets hold exactly at their limits", () => {
  expect(broken({ files: 3, gzipBytes: LOGIN_BYTES }, { files: 6, gzipBytes: CONSOLE_BYTES })).toEqual([]);
});

test("each broken budget is named", () => {
  const complaints = broken({ files: 3, gzipBytes: LOGIN_BYTES + 1 }, { files: 7, gzipBytes: CONSOLE_BYTES + 1 });
  expect(complaints).toHaveLength(3);
});
