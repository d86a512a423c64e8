// The page's entry: asks the appliance who it is and shows the screen for it. The console comes as a chunk of its own.

import "./style/base.css";
import { signal } from "@preact/signals";
import { type ComponentType, render } from "preact";
import { useEffect } from "preact/hooks";
import { reload, screen, TRUST } from "./device.ts";
import { t } from "./i18n/index.ts";
import { Plate } from "./parts/plate.tsx";
import "./preferences.ts";
import { Claim } from "./screens/claim.tsx";
import { Login } from "./screens/login.tsx";
import { Trust } from "./screens/trust.tsx";

const console_ = signal<ComponentType | null>(null);

function Page() {
  switch (screen.value) {
    case "claim":
      return <Claim />;
    case "trust":
      return <Trust />;
    case "login":
      return <Login />;
    case "console":
      return <LazyConsole />;
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

function LazyConsole() {
  useEffect(() => {
    void loadConsole();
  }, []);
  const Console = console_.value;
  return Console ? <Console /> : null;
}

async function loadConsole(): Promise<void> {
  try {
    console_.value = (await import("./screens/console.tsx")).Console;
  } catch {
    // The appliance went away, or was updated and has other file names now; asking anew tells.
    screen.value = "unreachable";
  }
}

window.addEventListener("hashchange", () => {
  if (location.hash === TRUST || screen.peek() === "trust") void reload();
});
render(<Page />, document.getElementById("page")!);
void reload();
