// The page's entry: asks the appliance who it is and shows the screen for it. The console comes as a chunk of its own.

import "./style/base.css";
import { signal } from "@preact/signals";
import { type ComponentType, render } from "preact";
import { useEffect } from "preact/hooks";
import { guestTokenOf } from "./access/guest.ts";
import { enterByLink, reload, screen, TRUST } from "./device.ts";
import { t, words } from "./i18n/index.ts";
import { Plate } from "./parts/plate.tsx";
import "./preferences.ts";
import { Claim } from "./screens/claim.tsx";
import { Link } from "./screens/link.tsx";
import { Login } from "./screens/login.tsx";
import "./title.ts";

/** What most visits do not need at once. */
const CHUNKS = {
  console: async () => (await import("./screens/console.tsx")).Console,
  trust: async () => (await import("./screens/trust.tsx")).Trust,
};
type Chunk = keyof typeof CHUNKS;
const chunks = signal<Partial<Record<Chunk, ComponentType>>>({});

function Page() {
  switch (screen.value) {
    case "claim":
      return <Claim />;
    case "trust":
      return <Lazy chunk="trust" />;
    case "login":
      return <Login />;
    case "link":
      return <Link />;
    case "console":
      return <Lazy chunk="console" />;
    case "unreachable":
      return (
        <Plate title={t("unreachable.title")} testId="unreachable">
          <p>{t("unreachable.text")}</p>
          <button type="button" class="button primary" data-testid="unreachable-retry" onClick={() => void reload()}>
            {t("action.tryAgain")}
          </button>
        </Plate>
      );
    case "loading":
      return null;
  }
}

function Lazy({ chunk }: { readonly chunk: Chunk }) {
  useEffect(() => {
    void load(chunk);
  }, [chunk]);
  const Content = chunks.value[chunk];
  return Content ? <Content /> : null;
}

async function load(chunk: Chunk): Promise<void> {
  try {
    const [Content] = await Promise.all([CHUNKS[chunk](), words()]);
    chunks.value = { ...chunks.value, [chunk]: Content };
  } catch {
    // The appliance went away, or was updated and has other file names now; asking anew tells.
    screen.value = "unreachable";
  }
}

/** Shows what the address asks for. A guest link's token does not stay in it. */
function arrive(): void {
  const token = guestTokenOf(location.hash);
  if (token === null) return void reload();
  history.replaceState(null, "", location.pathname + location.search);
  void enterByLink(token);
}

window.addEventListener("hashchange", () => {
  if (guestTokenOf(location.hash) !== null) arrive();
  else if (location.hash === TRUST || screen.peek() === "trust") void reload();
});
render(<Page />, document.getElementById("page")!);
arrive();
