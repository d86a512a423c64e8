// The target's layout, for the chunks that draw and name keys: with the words for that.

import texts from "../../i18n/en.keys.json";
import { learn } from "../../i18n/index.ts";

learn(texts);

export { targetKeys } from "../../keys/target.ts";
