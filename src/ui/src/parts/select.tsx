// One of several, as the system shows such a choice.

import { useId } from "preact/hooks";

interface Props<T extends string> {
  readonly label: string;
  readonly values: readonly T[];
  readonly value: T;
  readonly text: (value: T) => string;
  readonly testId: string;
  readonly onChoose: (value: T) => void;
}

export function Select<T extends string>({ label, values, value, text, testId, onChoose }: Props<T>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} class="select" data-testid={testId} value={value} onChange={(event) => onChoose(event.currentTarget.value as T)}>
        {values.map((each) => (
          <option key={each} value={each}>
            {text(each)}
          </option>
        ))}
      </select>
    </div>
  );
}
