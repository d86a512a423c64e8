import { expect, test } from "vitest";
import { packagesOf } from "./licences.ts";

test("a package is named once, with its scope, and our own modules are not", () => {
  const modules = [
    "/p/node_modules/preact/hooks/dist/hooks.mjs",
    "/p/node_modules/preact/dist/preact.mjs",
    "/p/node_modules/@preact/signals/dist/signals.mjs",
    "/p/src/main.tsx",
    "\0vite/preload-helper.js",
  ];
  expect(packagesOf(modules)).toEqual(["@preact/signals", "preact"]);
});
