// The command palette: one letter runs a command, `/` or any other letter searches.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Offer, offersOf } from "../console/commands.ts";
import type { Session } from "../console/session.ts";
import { find } from "../find.ts";
import { t } from "../i18n/index.ts";
import { LEADER, tap } from "../input/keyboard.ts";
import { Modal } from "./modal.tsx";

export function Palette({ session }: { readonly session: Session }) {
  const query = useSignal("");
  const chosen = useSignal(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const close = () => session.openDialog("none");
  const useful = offersOf(session);
  const found = find(query.value, useful);

  // The list has the keys first, so that a letter is a command and not a search.
  useEffect(() => list.current!.focus(), []);
  useEffect(() => list.current!.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }));

  function run(command: Offer | undefined): void {
    if (!command) return;
    close();
    command.run(session);
  }

  function keyDown(event: KeyboardEvent): void {
    const typing = document.activeElement === input.current;
    const direction = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.code === LEADER && !event.repeat) {
      // The leader twice: the target gets the one that it would have had.
      close();
      session.act(tap(LEADER));
    } else if (direction) {
      chosen.value = (chosen.value + direction + found.length) % Math.max(1, found.length);
    } else if (event.key === "Enter") {
      run(found[chosen.value]);
    } else if (typing || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    } else {
      const command = useful.find(({ letter }) => letter === event.key.toLowerCase());
      if (command) run(command);
      else if (event.key === "/") input.current!.focus();
      else if (event.key.length === 1) return input.current!.focus(); // and the letter goes there
      else return;
    }
    event.preventDefault();
  }

  return (
    <Modal title={t("palette.title")} testId="palette" titleHidden onClose={close}>
      <div class="palette" onKeyDown={keyDown}>
        <input
          ref={input}
          type="search"
          class="palette-input"
          role="combobox"
          aria-label={t("palette.filter")}
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found.length > 0 ? `command-${found[chosen.value]?.id}` : undefined}
          placeholder={t("palette.hint")}
          autocomplete="off"
          spellcheck={false}
          data-testid="palette-filter"
          value={query.value}
          onInput={(event) => {
            query.value = event.currentTarget.value;
            chosen.value = 0;
          }}
        />
        <ul
          ref={list}
          id="palette-list"
          class="palette-list"
          role="listbox"
          tabIndex={0}
          aria-label={t("palette.title")}
          aria-activedescendant={found.length > 0 ? `command-${found[chosen.value]?.id}` : undefined}
          data-testid="palette-list"
        >
          {found.map((command, index) => (
            <li
              key={command.id}
              id={`command-${command.id}`}
              role="option"
              aria-selected={index === chosen.value}
              class="palette-item"
              data-testid={`command-${command.id}`}
              onClick={() => run(command)}
            >
              <span>{command.text}</span>
              {command.letter && <kbd>{command.letter.toUpperCase()}</kbd>}
            </li>
          ))}
        </ul>
        {found.length === 0 && <p class="palette-empty">{t("palette.empty")}</p>}
      </div>
    </Modal>
  );
}
