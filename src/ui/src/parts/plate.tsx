// The quiet page around a form: claim, login, trust, and what there is to say without them.

import type { ComponentChildren } from "preact";
import { device } from "../device.ts";

interface Props {
  readonly title: string;
  readonly testId: string;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

export function Plate({ title, testId, wide, children }: Props) {
  return (
    <main class={wide ? "plate wide" : "plate"} data-testid={testId}>
      <header class="plate-head">
        <Mark />
        <p class="plate-device" data-testid="device-name">
          {device.value?.name ?? ""}
        </p>
      </header>
      <section class="card">
        <h1>{title}</h1>
        {children}
      </section>
      <footer class="plate-foot">{device.value ? `Farseat ${device.value.version}` : ""}</footer>
    </main>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <rect class="mark-screen" x="1" y="2" width="22" height="16" rx="4" />
      <path class="mark-pointer" d="M8.6 5.8v8.2l2.3-2 1.3 2.9 1.7-.8-1.3-2.8 3-.3z" />
      <rect class="mark-screen" x="7" y="20" width="10" height="2" rx="1" />
    </svg>
  );
}
