// Whether this browser trusts the device: it starts a service worker only over a connection whose certificate it has
// verified by itself, and not where somebody clicked a warning away. The worker does nothing and is sent away at once.

/** `unable`: this browser has no service workers, or none in a private window. `failed`: no answer, nothing learned. */
export type Verdict = "trusted" | "untrusted" | "unable" | "failed";

/** What this file uses of the browser. */
export interface Workers {
  register(script: string, options: { scope: string; updateViaCache: "none" }): Promise<{ unregister(): Promise<unknown> }>;
}

const SCRIPT = "/trust-check.js";
/** A place that no page has. */
const SCOPE = "/trust-check";

export async function trustVerdict(workers: Workers | undefined): Promise<Verdict> {
  if (!workers) return "unable";
  try {
    const worker = await workers.register(SCRIPT, { scope: SCOPE, updateViaCache: "none" });
    await worker.unregister();
    return "trusted";
  } catch (caught) {
    return caught instanceof DOMException && caught.name === "SecurityError" ? "untrusted" : "failed";
  }
}
