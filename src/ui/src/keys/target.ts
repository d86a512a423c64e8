// The one that the page has of the target's layout.

import { pasteApi } from "../api/paste.ts";
import { targetLayout } from "../preferences.ts";
import { TargetKeys } from "./layout.ts";

export const targetKeys = new TargetKeys(pasteApi, targetLayout);
