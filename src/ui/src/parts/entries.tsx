// A list of things that somebody keeps: a name, what is to know about it, and what can be done with it.

import type { ComponentChildren } from "preact";

interface Props {
  readonly name: string;
  /** Beside the name. */
  readonly badge?: string | undefined;
  readonly facts: readonly (string | null | undefined | false)[];
  readonly testId: string;
  readonly children?: ComponentChildren;
}

export function Entries({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <ul class="entries" aria-label={label}>
      {children}
    </ul>
  );
}

export function Entry({ name, badge, facts, testId, children }: Props) {
  return (
    <li class="entry" data-testid={testId} data-name={name}>
      <div class="entry-text">
        <p class="entry-name">
          {name}
          {badge && <span class="badge">{badge}</span>}
        </p>
        <p class="entry-facts">
          {facts.filter(Boolean).map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </p>
      </div>
      {children}
    </li>
  );
}
