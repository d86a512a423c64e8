// Icons are decoration: the text beside them, or the button's name, says what they mean.

import type { ComponentType } from "preact";
import type { LucideProps } from "lucide-preact";

export function Icon({ of: Drawing }: { readonly of: ComponentType<LucideProps> }) {
  return <Drawing class="icon" size={18} strokeWidth={1.75} aria-hidden="true" focusable="false" />;
}
