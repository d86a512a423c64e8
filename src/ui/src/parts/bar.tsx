// The bar above the picture: what one can do. Collapses to a handle; in full screen it starts collapsed.

import {
  Activity,
  AppWindow,
  Camera,
  ChevronDown,
  ChevronUp,
  CircleQuestionMark,
  CircleUser,
  ClipboardPaste,
  Command,
  Hand,
  History,
  Keyboard,
  ListVideo,
  LogOut,
  Maximize,
  Minimize,
  Scan,
  Settings,
  ShieldCheck,
  SquareTerminal,
  Sun,
  Usb,
} from "lucide-preact";
import { press, STROKES, type Strokes, toggleHistory } from "../console/commands.ts";
import { wake } from "../console/cable.ts";
import { canOpenWindow } from "../console/own-window.ts";
import { canLockKeyboard } from "../console/holds.ts";
import type { Session } from "../console/session.ts";
import { device, mayControl, role, TRUST } from "../device.ts";
import { t } from "../i18n/index.ts";
import { keyHistory, MOUSE_CHOICES, mouseChoice, scaling, SCALINGS, theme, THEMES } from "../preferences.ts";
import { Icon } from "./icon.tsx";
import { Choice, Menu, MenuItem } from "./menu.tsx";
import { Mark } from "./plate.tsx";

interface Props {
  readonly session: Session;
}

export function Bar({ session }: Props) {
  return (
    <header class="bar" data-testid="bar">
      <div class="bar-name">
        <Mark />
        <span data-testid="device-name">{device.value?.name}</span>
      </div>
      <nav class="bar-actions" aria-label={t("bar.label")}>
        {mayControl.value && <KeysMenu session={session} />}
        {mayControl.value && <KeyboardButton session={session} />}
        {mayControl.value && (
          <button type="button" class="bar-button" data-testid="bar-paste" onClick={() => session.openDialog("paste")}>
            <Icon of={ClipboardPaste} />
            <span class="bar-text">{t("bar.paste")}</span>
          </button>
        )}
        <ViewMenu session={session} />
        <button type="button" class="bar-button" data-testid="bar-screenshot" onClick={() => void session.screenshot()}>
          <Icon of={Camera} />
          <span class="bar-text">{t("bar.screenshot")}</span>
        </button>
        <button type="button" class="bar-button narrow-hidden" data-testid="bar-palette" onClick={() => session.openDialog("palette")}>
          <Icon of={SquareTerminal} />
          <span class="bar-text">{t("bar.palette")}</span>
        </button>
        <button type="button" class="bar-button narrow-hidden" data-testid="bar-settings" onClick={() => session.openSettings()}>
          <Icon of={Settings} />
          <span class="bar-text">{t("settings.title")}</span>
        </button>
      </nav>
      <div class="bar-end">
        <FullScreenButton session={session} />
        <UserMenu session={session} />
        <button
          type="button"
          class="bar-button icon-only narrow-hidden"
          aria-label={t("bar.hide")}
          title={t("bar.hide")}
          data-testid="bar-hide"
          onClick={() => session.toggleBar()}
        >
          <Icon of={ChevronUp} />
        </button>
      </div>
    </header>
  );
}

export function BarHandle({ session }: Props) {
  return (
    <button
      type="button"
      class="bar-handle"
      aria-label={t("bar.show")}
      title={t("bar.show")}
      data-testid="bar-show"
      onClick={() => session.toggleBar()}
    >
      <Icon of={ChevronDown} />
    </button>
  );
}

function KeysMenu({ session }: Props) {
  return (
    <Menu id="keys" label={t("bar.keys")} icon={Command} onClosed={() => session.focusPicture()}>
      <MenuItem label={t("macro.open")} testId="key-macros" icon={ListVideo} onChoose={() => session.openDialog("macros")} />
      <div class="menu-grid">
        {session.macros.store.macros.value.map((macro) => (
          <MenuItem
            key={macro.id}
            label={macro.name}
            testId={`key-macro-${macro.id}`}
            hint={macro.digit === null ? undefined : String(macro.digit)}
            onChoose={() => void session.macros.run(macro)}
          />
        ))}
      </div>
      <hr />
      <p class="menu-title">{t("keys.send")}</p>
      <div class="menu-grid">
        <StrokeItems session={session} group={undefined} />
      </div>
      {STROKE_GROUPS.map((group) => (
        <details key={group} class="menu-fold">
          <summary data-testid={`keys-${group}`}>{t(`keys.${group}`)}</summary>
          <div class="menu-grid">
            <StrokeItems session={session} group={group} />
          </div>
        </details>
      ))}
      <hr />
      <MenuItem label={t("keys.releaseAll")} testId="key-release-all" icon={Hand} onChoose={() => session.releaseAll()} />
      <MenuItem label={t("keys.wake")} testId="key-wake" icon={Sun} onChoose={() => void wake()} />
      <MenuItem label={t("keys.usbReset")} testId="key-usb-reset" icon={Usb} onChoose={() => session.openDialog("usb-reset")} />
    </Menu>
  );
}

const STROKE_GROUPS = ["single", "consoles", "sysrq"] as const;

function StrokeItems({ session, group }: Props & { readonly group: Strokes["group"] }) {
  const shown = STROKES.filter((strokes) => strokes.group === group);
  return (
    <>
      {shown.map((strokes) => (
        <MenuItem
          key={strokes.id}
          label={t(strokes.label, strokes.values)}
          testId={`key-${strokes.id}`}
          onChoose={() => void press(session, strokes)}
        />
      ))}
    </>
  );
}

function KeyboardButton({ session }: Props) {
  return (
    <button
      type="button"
      class="bar-button"
      aria-pressed={session.keyboard.value !== "closed"}
      aria-label={t("osk.title")}
      title={t("osk.title")}
      data-testid="bar-keyboard"
      // Chosen with the Enter key it gets the keys; with a pointer the picture keeps them.
      onClick={(event) => session.toggleKeyboard(event.detail === 0 ? "focused" : "open")}
    >
      <Icon of={Keyboard} />
      <span class="bar-text mid-hidden">{t("bar.keyboard")}</span>
    </button>
  );
}

function ViewMenu({ session }: Props) {
  return (
    <Menu id="view" label={t("bar.view")} icon={Scan} onClosed={() => session.focusPicture()}>
      <Choice
        name="scaling"
        label={t("view.scaling")}
        values={SCALINGS}
        value={scaling.value}
        text={(value) => t(`view.scaling.${value}`)}
        onChoose={(value) => (scaling.value = value)}
      />
      {mayControl.value && (
        <Choice
          name="mouse"
          label={t("view.mouse")}
          values={MOUSE_CHOICES}
          value={mouseChoice.value}
          text={(value) => t(`view.mouse.${value}`)}
          onChoose={(value) => (mouseChoice.value = value)}
        />
      )}
      <Choice
        name="theme"
        label={t("view.theme")}
        values={THEMES}
        value={theme.value}
        text={(value) => t(`view.theme.${value}`)}
        onChoose={(value) => (theme.value = value)}
      />
      <hr />
      <MenuItem
        label={session.fullScreen.value ? t("view.fullScreen.leave") : t("view.fullScreen")}
        testId="view-full-screen"
        icon={session.fullScreen.value ? Minimize : Maximize}
        onChoose={() => void session.toggleFullScreen()}
      />
      {canOpenWindow() && (
        <MenuItem label={t("window.open")} testId="view-window" icon={AppWindow} onChoose={() => session.openWindow()} />
      )}
      <MenuItem
        label={t("bar.palette")}
        testId="view-palette"
        icon={SquareTerminal}
        hint={t("help.leader.key")}
        onChoose={() => session.openDialog("palette")}
      />
      <MenuItem
        label={t("view.stats")}
        testId="view-stats"
        icon={Activity}
        onChoose={() => (session.statsOpen.value = !session.statsOpen.value)}
      />
      {mayControl.value && (
        <MenuItem
          label={t(keyHistory.value === "on" ? "history.hide" : "history.show")}
          testId="view-history"
          icon={History}
          onChoose={toggleHistory}
        />
      )}
      {!canLockKeyboard() && <p class="menu-note">{t("view.fullScreen.noLock")}</p>}
    </Menu>
  );
}

function FullScreenButton({ session }: Props) {
  const label = session.fullScreen.value ? t("view.fullScreen.leave") : t("view.fullScreen");
  return (
    <button
      type="button"
      class="bar-button icon-only narrow-hidden"
      aria-label={label}
      title={label}
      data-testid="bar-full-screen"
      onClick={() => void session.toggleFullScreen()}
    >
      <Icon of={session.fullScreen.value ? Minimize : Maximize} />
    </button>
  );
}

function UserMenu({ session }: Props) {
  const name = device.value?.user ?? "";
  return (
    <Menu id="user" label={t("bar.user", { name })} icon={CircleUser} iconOnly atEnd onClosed={() => session.focusPicture()}>
      <p class="menu-title" data-testid="user-who">
        {role.value ? t("user.loggedInAs.role", { name, role: t(`role.${role.value}`) }) : t("user.loggedInAs", { name })}
      </p>
      <MenuItem label={t("settings.title")} testId="user-settings" icon={Settings} onChoose={() => session.openSettings()} />
      <MenuItem label={t("user.help")} testId="user-help" icon={CircleQuestionMark} onChoose={() => session.openHelp(null)} />
      <MenuItem label={t("user.trust")} testId="user-trust" icon={ShieldCheck} onChoose={() => (location.hash = TRUST)} />
      <hr />
      <MenuItem label={t("user.logOut")} testId="user-log-out" icon={LogOut} onChoose={() => void session.logOut()} />
    </Menu>
  );
}
