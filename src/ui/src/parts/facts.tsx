// Names and what is so: a list to read. A row may have several lines.

export interface Fact {
  readonly name: string;
  readonly value: string | readonly string[];
  readonly testId?: string;
  /** Something that the operator should know. */
  readonly warns?: boolean;
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ name, value, testId, warns }) => (
        <div key={name}>
          <dt>{name}</dt>
          {(typeof value === "string" ? [value] : value).map((line) => (
            <dd key={line} class={warns ? "warns" : undefined} data-testid={testId}>
              {line}
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
