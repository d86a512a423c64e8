// Which role somebody or something gets, and what it means.

import type { Role } from "../../access/role.ts";
import { t } from "../../i18n/index.ts";
import { Choice } from "../../parts/menu.tsx";

interface Props {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly value: Role;
  readonly onChoose: (role: Role) => void;
}

export function RoleChoice({ name, roles, value, onChoose }: Props) {
  return (
    <div class="restart">
      <Choice name={name} label={t("access.role.label")} values={roles} value={value} text={(role) => t(`role.${role}`)} onChoose={onChoose} />
      <p class="section-note">{t(`access.role.${value}`)}</p>
    </div>
  );
}
