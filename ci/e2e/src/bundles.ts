// Real bundles, made and signed by `farseat-firmware` from a system that is small and never runs.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TOOL = process.env["FARSEAT_FIRMWARE"] ?? "../../target/debug/farseat-firmware";
const DEVELOPMENT_KEY = "../../firmware/keys/development.key";
/** A date of its own for each, later than the simulator's own system, so that the page can tell which is older. */
const FIRST_MADE = 1_893_456_000;
/** Bytes that cannot be packed: an upload that can be watched, and cut. */
const KERNEL_BYTES = 3 << 20;

export class Bundles {
  readonly folder = mkdtempSync(join(tmpdir(), "farseat-bundles-"));
  #made = 0;

  /** Each version has another kernel. */
  make(version: string, notes = "", key = DEVELOPMENT_KEY): string {
    const slot = join(this.folder, `slot-${version}`);
    mkdirSync(slot, { recursive: true });
    for (const name of ["start4.elf", "config.txt", "cmdline.txt"]) writeFileSync(join(slot, name), `${name} of ${version}\n`);
    writeFileSync(join(slot, "kernel8.img"), randomBytes(KERNEL_BYTES));
    writeFileSync(join(this.folder, "notes"), notes);
    const output = this.path(`farseat-${version}.farseat`);
    const from = ["--slot", slot, "--version", version, "--hardware", "raspberrypi,4-model-b", "--notes", join(this.folder, "notes")];
    const date = String(FIRST_MADE + 86_400 * (this.#made += 1));
    this.#tool(["bundle", ...from, "--key", key, "--output", output], date);
    return output;
  }

  /** A secret key that no release trusts. */
  strangersKey(): string {
    const secret = this.path("stranger.key");
    this.#tool(["keygen", "--without-password", "--public", this.path("stranger.pub"), "--secret", secret]);
    return secret;
  }

  /** The same bundle with another version in its header than was signed. */
  forged(bundle: string, version: string, another: string): string {
    const bytes = readFileSync(bundle);
    bytes.write(another, bytes.indexOf(version), "latin1");
    const forged = this.path("forged.farseat");
    writeFileSync(forged, bytes);
    return forged;
  }

  copy(bundle: string, name: string): string {
    copyFileSync(bundle, this.path(name));
    return this.path(name);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  #tool(args: readonly string[], date = String(FIRST_MADE)): void {
    execFileSync(TOOL, args, { stdio: "pipe", env: { ...process.env, SOURCE_DATE_EPOCH: date } });
  }
}
