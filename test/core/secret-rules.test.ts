import { expect, it } from "vitest";
import { passwordProblem, pinProblem } from "../../src/core/secret-rules.ts";

it.each([
  ["", "too-short"],
  ["739", "too-short"],
  ["73918", "too-short"],
  ["739184", undefined],
  ["7391846520", undefined],
  ["7391846520123", "too-long"],
  ["73918a", "not-digits"],
  ["７３９１８４", "not-digits"],
  ["000000", "too-easy"],
  ["111112", "too-easy"],
  ["123456", "too-easy"],
  ["987654", "too-easy"],
  ["121212", "too-easy"],
  ["132132", "too-easy"],
  ["135790", undefined],
])("PIN %j: %s", (pin, expected) => expect(pinProblem(pin)).toBe(expected));

it.each([
  ["short1!", "too-short"],
  ["x".repeat(257), "too-long"],
  ["aaaaaaaaaaaa", "too-easy"],
  ["abcabcabcabc", "too-easy"],
  ["1234567890", "too-easy"],
  ["0123456789", "too-easy"],
  ["Password2026!", "too-easy"],
  ["gatepost-2026", "too-easy"],
  ["wangjianguo88", "too-easy"],
  ["abcdefghijkl", "too-easy"],
  ["四月的雨下在东门口呢", undefined],
  ["correct horse battery", undefined],
  ["Kd93-qPz71-wLm04", undefined],
])("password %j: %s", (password, expected) => {
  expect(passwordProblem(password, ["wangjianguo", "王建国"])).toBe(expected);
});
