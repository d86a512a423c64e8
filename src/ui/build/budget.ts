// The page's budgets: what a browser must load before login and before the console can be used.
// `measure` is pure; the plugin around it fails the build when a budget is broken.

import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** One file of the build, as far as its weight matters. */
export interface BuiltFile {
  readonly name: string;
  readonly gzipBytes: number;
  /** Files that the browser loads together with this one. */
  readonly imports: readonly string[];
}

export interface Load {
  readonly files: number;
  readonly gzipBytes: number;
}

export const LOGIN_BYTES = 25 * 1024;
export const CONSOLE_BYTES = 100 * 1024;
export const CONSOLE_REQUESTS = 10;
/** `/api/v1/state` and `/api/v1/status`, and the two sockets: what the console asks for beside its files. */
const OTHER_REQUESTS = 4;

/** What loading `entries` brings, each file once. */
export function measure(files: readonly BuiltFile[], entries: readonly string[]): Load {
  const seen = new Set<string>();
  const open = [...entries];
  let gzipBytes = 0;
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    const file = files.find((candidate) => candidate.name === name);
    if (!file) throw new Error(`the build has no file ${name}`);
    gzipBytes += file.gzipBytes;
    open.push(...file.imports);
  }
  return { files: seen.size, gzipBytes };
}

/** Every broken budget in words; empty when all hold. */
export function broken(login: Load, console: Load): string[] {
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
  const found: string[] = [];
  if (login.gzipBytes > LOGIN_BYTES) found.push(`login takes ${kib(login.gzipBytes)}, allowed ${kib(LOGIN_BYTES)}`);
  if (console.gzipBytes > CONSOLE_BYTES) {
    found.push(`the console takes ${kib(console.gzipBytes)}, allowed ${kib(CONSOLE_BYTES)}`);
  }
  const requests = console.files + OTHER_REQUESTS;
  if (requests > CONSOLE_REQUESTS) found.push(`the console takes ${requests} requests, allowed ${CONSOLE_REQUESTS}`);
  return found;
}

/** `language`: which modules are the lazy texts of one; the console is measured with the heaviest of them. */
export function budget(consoleModule: string, language: RegExp): Plugin {
  return {
    name: "farseat:budget",
    apply: "build",
    enforce: "post",
    writeBundle(_options, bundle) {
      const files: BuiltFile[] = Object.values(bundle).map((output) => ({
        name: output.fileName,
        gzipBytes: gzipSync(output.type === "chunk" ? output.code : output.source, { level: 9 }).length,
        imports:
          output.type === "chunk" ? [...output.imports, ...(output.viteMetadata?.importedCss ?? [])] : [],
      }));
      const chunks = Object.values(bundle).filter((output) => output.type === "chunk");
      const entry = chunks.find((chunk) => chunk.isEntry);
      const lazy = chunks.find((chunk) => chunk.moduleIds.some((id) => id.endsWith(consoleModule)));
      if (!entry || !lazy) throw new Error("the build lacks its entry or its console chunk");
      const first = ["index.html", entry.fileName];
      const login = measure(files, first);
      const languages = chunks.filter((chunk) => chunk.moduleIds.some((id) => language.test(id)));
      const consoles = [[], ...languages.map(({ fileName }) => [fileName])].map((more) => measure(files, [...first, lazy.fileName, ...more]));
      const console_ = consoles.reduce((most, load) => (load.gzipBytes > most.gzipBytes ? load : most));
      const show = (load: Load) => `${load.files} files, ${(load.gzipBytes / 1024).toFixed(1)} KiB gzip`;
      this.info(`login: ${show(login)}; console: ${show(console_)}`);
      const complaints = broken(login, console_);
      if (complaints.length > 0) this.error(`budget broken: ${complaints.join("; ")}`);
    },
  };
}
