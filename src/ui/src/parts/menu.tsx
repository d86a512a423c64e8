// A button of the bar and the panel that it opens. The browser's own popover does opening, Escape and clicks outside.

import { ChevronDown, type LucideProps } from "lucide-preact";
import type { ComponentChildren, ComponentType } from "preact";
import { useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface Props {
  readonly id: string;
  readonly label: string;
  readonly icon: ComponentType<LucideProps>;
  /** The label is only the button's name, not its face. */
  readonly iconOnly?: boolean;
  readonly atEnd?: boolean;
  readonly onClosed: () => void;
  readonly children: ComponentChildren;
}

/** As wide as `.menu` in console/menu.css. */
const PANEL_WIDTH = 288;
const MARGIN = 8;

export function Menu({ id, label, icon, iconOnly, atEnd, onClosed, children }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);

  function place(): void {
    const box = button.current!.getBoundingClientRect();
    const wanted = atEnd ? box.right - PANEL_WIDTH : box.left;
    const left = Math.max(MARGIN, Math.min(wanted, innerWidth - PANEL_WIDTH - MARGIN));
    panel.current!.style.setProperty("--left", `${left}px`);
    panel.current!.style.setProperty("--top", `${box.bottom + 6}px`);
  }

  function toggled(event: ToggleEvent): void {
    if (event.newState === "open") return controls(panel.current!)[0]?.focus();
    // Closed by a choice or by Escape the picture gets the keys back; closed by going elsewhere it does not.
    const active = document.activeElement;
    if (active === document.body || active === button.current || panel.current!.contains(active)) onClosed();
  }

  return (
    <div class="menu-place">
      <button
        ref={button}
        type="button"
        class={iconOnly ? "bar-button icon-only" : "bar-button"}
        popovertarget={id}
        aria-label={iconOnly ? label : undefined}
        title={iconOnly ? label : undefined}
        data-testid={`bar-${id}`}
      >
        <Icon of={icon} />
        {!iconOnly && (
          <>
            <span class="bar-text">{label}</span>
            <span class="bar-more">
              <Icon of={ChevronDown} />
            </span>
          </>
        )}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        class="menu"
        role="group"
        aria-label={label}
        data-testid={`menu-${id}`}
        onBeforeToggle={place}
        onToggle={toggled}
        onKeyDown={(event) => step(event, panel.current!)}
      >
        {children}
      </div>
    </div>
  );
}

interface ItemProps {
  readonly label: string;
  readonly testId: string;
  readonly icon?: ComponentType<LucideProps>;
  readonly hint?: string | undefined;
  readonly onChoose: () => void;
}

export function MenuItem({ label, testId, icon, hint, onChoose }: ItemProps) {
  return (
    <button
      type="button"
      class="menu-item"
      data-testid={testId}
      onClick={(event) => {
        event.currentTarget.closest<HTMLElement>("[popover]")?.hidePopover();
        onChoose();
      }}
    >
      {icon && <Icon of={icon} />}
      <span>{label}</span>
      {hint && <kbd>{hint}</kbd>}
    </button>
  );
}

interface ChoiceProps<T extends string> {
  readonly name: string;
  readonly label: string;
  readonly values: readonly T[];
  readonly value: T;
  readonly text: (value: T) => string;
  readonly onChoose: (value: T) => void;
}

/** One of few, side by side. */
export function Choice<T extends string>({ name, label, values, value, text, onChoose }: ChoiceProps<T>) {
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      <div class="choice-row">
        {values.map((each) => (
          <label key={each}>
            <input
              type="radio"
              name={name}
              value={each}
              checked={each === value}
              data-testid={`${name}-${each}`}
              onChange={() => onChoose(each)}
            />
            <span>{text(each)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function controls(panel: HTMLElement): HTMLElement[] {
  const all = panel.querySelectorAll<HTMLElement>("button, input:checked, a[href], summary");
  // What is folded away is not stepped through.
  return [...all].filter((each) => each.checkVisibility());
}

/** Up and down go from one choice to the next. */
function step(event: KeyboardEvent, panel: HTMLElement): void {
  const direction = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!direction) return;
  event.preventDefault();
  const all = controls(panel);
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[(at + direction + all.length) % all.length]?.focus();
}
