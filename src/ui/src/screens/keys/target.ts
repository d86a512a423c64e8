// The one that the page has of the target's layout, and the words of this chunk.

import { pasteApi } from "../../api/paste.ts";
import texts from "../../i18n/en.keys.json";
import { learn } from "../../i18n/index.ts";
import { TargetKeys } from "../../keys/layout.ts";
import { targetLayout } from "../../preferences.ts";

learn(texts);

export const targetKeys = new TargetKeys(pasteApi, targetLayout);
