import { defineConfig } from "vitest/config";
import { budget } from "./build/budget.ts";
import { licences } from "./build/licences.ts";
import { precompress } from "./build/precompress.ts";

// `FARSEAT_URL=https://127.0.0.1:8443 npm run dev` puts the page under development before a running
// appliance (`farseat simulate` will do). The appliance checks Origin, so the proxy speaks in its name.
const appliance = process.env["FARSEAT_URL"];

export default defineConfig({
  plugins: [budget("/src/screens/console.tsx", /\/src\/i18n\/[a-z]{2}\.ts$/), licences(), precompress()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    // Everything comes as a file of its own name: the appliance serves exact paths, and CSP forbids inline code.
    assetsInlineLimit: (path) => path.endsWith(".svg"),
    reportCompressedSize: false,
  },
  server: appliance
    ? {
        proxy: Object.fromEntries(
          ["/api", "/ca.crt"].map((path) => [
            path,
            { target: appliance, secure: false, ws: true, changeOrigin: true, headers: { Origin: appliance } },
          ]),
        ),
      }
    : {},
  test: { include: ["src/**/*.test.ts", "build/**/*.test.ts"], environment: "node" },
});
