// Puts the licence texts of the packages that are part of the page beside it: their licences ask for that.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

export function licences(): Plugin {
  let root = "";
  return {
    name: "farseat:licences",
    apply: "build",
    configResolved(config) {
      root = config.root;
    },
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((output) => (output.type === "chunk" ? output.moduleIds : []));
      const texts = packagesOf(modules).map((name) => `${name}\n\n${licenceOf(join(root, "node_modules", name))}`);
      this.emitFile({ type: "asset", name: "licences.txt", source: texts.join(`\n${"-".repeat(72)}\n\n`) });
    },
  };
}

/** The packages that module paths belong to, sorted, each once. */
export function packagesOf(modules: readonly string[]): string[] {
  const names = modules.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1] ?? []);
  return [...new Set(names)].sort();
}

function licenceOf(folder: string): string {
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].map((name) => join(folder, name)).find((path) => existsSync(path));
  if (!file) throw new Error(`${folder} has no licence file`);
  return readFileSync(file, "utf8");
}
