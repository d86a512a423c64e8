// Another certificate than the device's own, from Settings: checked, in force without a restart, and given up again.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { after, describe, test } from "node:test";
import { claimedForEachTest, page, simulator } from "../src/claimed.js";
import { part, settings } from "../src/operator.js";

claimedForEachTest();

describe("the certificate", () => {
  const folder = mkdtempSync(join(tmpdir(), "farseat-certificate-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** One that signed itself, for these names. */
  function make(name: string, names: string): { chain: string; key: string } {
    const [chain, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
    const what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", `/CN=${name}`];
    execFileSync("openssl", [...what, "-addext", `subjectAltName=${names}`, "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", chain], { stdio: "pipe" });
    return { chain, key };
  }

  test("another one is checked, used without a restart, and given up again", async () => {
    const { chain, key } = make("uploaded", "DNS:localhost,IP:127.0.0.1");
    const stranger = make("stranger", "DNS:localhost");
    await settings(page, "certificate");
    await page.locator('[data-testid="certificate-served"][data-kind="own"]').waitFor();
    await part(page, "certificate-file").setInputFiles([chain, stranger.key]);
    await part(page, "certificate-check").click();
    await part(page, "certificate-refused").filter({ hasText: /key/i }).waitFor();
    await part(page, "certificate-file").setInputFiles(key);
    await part(page, "certificate-check").click();
    await part(page, "certificate-checked").waitFor();
    assert.match(await part(page, "certificate-checked").innerText(), /localhost/);
    await part(page, "certificate-use").click();
    await page.locator('[data-testid="certificate-served"][data-kind="uploaded"]').waitFor();
    assert.match(await servedIssuer(), /uploaded/);
    await part(page, "certificate-forget").click();
    await part(page, "certificate-ask-yes").click();
    await page.locator('[data-testid="certificate-served"][data-kind="own"]').waitFor();
    assert.doesNotMatch(await servedIssuer(), /uploaded/);
  });

  /** Who issued what a new connection gets. */
  async function servedIssuer(): Promise<string> {
    const { port } = new URL(simulator.url);
    return new Promise((told, failed) => {
      const socket = connect({ host: "127.0.0.1", port: Number(port), servername: "localhost", rejectUnauthorized: false }, () => {
        told(String(socket.getPeerCertificate().issuer.CN));
        socket.end();
      });
      socket.on("error", failed);
    });
  }
});
