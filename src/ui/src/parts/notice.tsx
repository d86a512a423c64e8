// What stands between the operator and the target: one sentence and one action, over the picture.

import {
  Cable,
  CircleQuestionMark,
  Eye,
  LoaderCircle,
  type LucideProps,
  MonitorOff,
  Moon,
  Mouse as MouseIcon,
  TriangleAlert,
} from "lucide-preact";
import type { ComponentType } from "preact";
import type { Session } from "../console/session.ts";
import type { Situation } from "../console/situation.ts";
import type { StateId } from "../help/states.ts";
import { t } from "../i18n/index.ts";
import { Icon } from "./icon.tsx";

const ICONS: Readonly<Partial<Record<StateId, ComponentType<LucideProps>>>> = {
  asleep: Moon,
  hold: MouseIcon,
  taken: Eye,
  free: Eye,
  viewer: Eye,
  no_cable: MonitorOff,
  off: MonitorOff,
  no_device: Cable,
  usb_disconnected: Cable,
};

export function Notice({ session }: { readonly session: Session }) {
  const situation = session.situation.value;
  const action = situation?.action;
  return (
    <div class={situation ? `situation ${situation.over}` : "situation"}>
      <div class={situation ? "situation-card" : undefined} data-testid="situation" data-state={situation?.id ?? "none"}>
        {situation && (
          <span class={situation.busy ? "situation-icon busy" : "situation-icon"}>
            <Icon of={situation.busy ? LoaderCircle : (ICONS[situation.id] ?? TriangleAlert)} />
          </span>
        )}
        <p class="situation-text" role="status" data-testid="situation-text">
          {situation ? t(situation.text, situation.values) : ""}
        </p>
        {action && (
          <button
            type="button"
            class={situation.over === "cover" ? "button" : "button compact"}
            data-testid={`situation-${action}`}
            onClick={() => session.perform(action)}
          >
            {t(`state.action.${action}`)}
          </button>
        )}
        {situation && <WhatToDo session={session} situation={situation} />}
      </div>
    </div>
  );
}

/** Leads to the help. A notice has no room for its words. */
function WhatToDo({ session, situation }: { readonly session: Session; readonly situation: Situation }) {
  const label = t("help.of");
  const iconOnly = situation.over === "notice";
  return (
    <button
      type="button"
      class={iconOnly ? "bar-button icon-only" : "button compact quiet"}
      aria-label={iconOnly ? label : undefined}
      title={iconOnly ? label : undefined}
      data-testid="situation-help"
      onClick={() => session.openHelp(situation.id)}
    >
      {iconOnly ? <Icon of={CircleQuestionMark} /> : label}
    </button>
  );
}
