import { beforeEach, expect, test } from "vitest";
import type { SecondFactorApi } from "../api/access.ts";
import { ApiError } from "../api/client.ts";
import { SecondFactorSetup } from "./second-factor.ts";

const SECRET = { secret: "JBSWY3DP", uri: "otpauth://totp/x", qr: ["1"] };

class FakeAppliance implements SecondFactorApi {
  inForce = false;
  readonly calls: string[] = [];
  readonly begin = async () => (this.calls.push("begin"), SECRET);
  readonly enable = async (code: string) => {
    this.calls.push(`enable ${code}`);
    if (code !== "123456") throw new ApiError(401, "second_factor_wrong", "", 0);
    this.inForce = true;
    return ["one", "two"];
  };
  readonly disable = async () => void (this.inForce = false);
  readonly recoveryCodes = async () => ["three"];
}

let appliance: FakeAppliance;
let setup: SecondFactorSetup;
let changes: number;

beforeEach(() => {
  appliance = new FakeAppliance();
  changes = 0;
  setup = new SecondFactorSetup(appliance, () => (changes += 1));
});

test("it is in force only after a right code, and then the recovery codes are there", async () => {
  await setup.begin();
  expect(setup.stage.value).toEqual({ is: "setting-up", secret: SECRET });
  expect([appliance.inForce, changes]).toEqual([false, 0]);
  setup.code.value = "123 456";
  await setup.enable();
  expect(setup.stage.value).toEqual({ is: "codes", codes: ["one", "two"] });
  expect([appliance.inForce, changes, setup.code.value]).toEqual([true, 1, ""]);
});

test("a wrong code leaves the secret where it was and says so", async () => {
  await setup.begin();
  setup.code.value = "654321";
  await setup.enable();
  expect([setup.stage.value.is, setup.trouble.value?.key, changes]).toEqual(["setting-up", "second.code.wrong", 0]);
});

test.each(["", "12345", "1234567", "abcdef"])("%j is no code and is not sent", async (code) => {
  await setup.begin();
  setup.code.value = code;
  await setup.enable();
  expect(setup.trouble.value?.key).toBe("second.code.rule");
  expect(appliance.calls).toEqual(["begin"]);
});

test("what was shown is gone when it has been read", async () => {
  await setup.renew();
  expect(setup.stage.value).toEqual({ is: "codes", codes: ["three"] });
  setup.rest();
  expect(setup.stage.value).toEqual({ is: "resting" });
});

test("switched off is told", async () => {
  await setup.disable();
  expect([appliance.inForce, changes]).toEqual([false, 1]);
});
