// A native modal dialog that is open for as long as it is rendered.

import { X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { Icon } from "./icon.tsx";

interface Props {
  readonly title: string;
  readonly testId: string;
  /** Absent when nothing but an answer ends it. */
  readonly onClose?: () => void;
  readonly titleHidden?: boolean;
  /** A class of its own, for one that is more than a few lines. */
  readonly look?: string;
  readonly children: ComponentChildren;
}

export function Modal({ title, testId, onClose, titleHidden, look, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current!;
    shown.showModal();
    return () => shown.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={look ? `modal ${look}` : "modal"}
      aria-labelledby={id}
      data-testid={testId}
      onCancel={(event) => {
        // A file chooser inside that is left without a choice says so with the same event.
        if (event.target !== dialog.current) return;
        event.preventDefault();
        onClose?.();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose?.();
      }}
    >
      <div class="modal-body">
        <header class={titleHidden ? "unseen" : "modal-head"}>
          <h2 id={id}>{title}</h2>
          {onClose && !titleHidden && (
            <button type="button" class="bar-button icon-only" aria-label={t("action.close")} data-testid={`${testId}-close`} onClick={onClose}>
              <Icon of={X} />
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
}
