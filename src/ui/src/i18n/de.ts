// What German has beside the texts of the login, which come with the page. Fetched when it is wanted.

import access from "./de.access.json";
import input from "./de.input.json";
import help from "./de.help.json";
import device from "./de.device.json";
import console from "./de.json";
import keys from "./de.keys.json";
import macros from "./de.macros.json";
import paste from "./de.paste.json";
import settings from "./de.settings.json";
import system from "./de.system.json";
import trust from "./de.trust.json";
import update from "./de.update.json";
import wifi from "./de.wifi.json";

export { device };
export default { ...console, ...access, ...help, ...input, ...keys, ...macros, ...paste, ...settings, ...system, ...trust, ...update, ...wifi };
