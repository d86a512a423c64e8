// Whether the pointer is being aligned with the picture: Settings and the palette open the panel, the console shows it.

import { signal } from "@preact/signals";

export const aligning = signal(false);
