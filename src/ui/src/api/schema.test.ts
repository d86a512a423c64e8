import { readFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

test("schema.ts is what openapi.json generates (npm run generate)", async () => {
  const document = new URL("../../openapi.json", import.meta.url);
  const generated = COMMENT_HEADER + astToString(await openapiTS(document));
  expect(readFileSync(new URL("./schema.ts", import.meta.url), "utf8")).toBe(generated);
});
