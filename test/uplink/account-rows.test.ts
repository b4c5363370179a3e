/** Who enters the page is the site's own business: no row of it goes up, and each has its sentence here. */
import { expect, it } from "vitest";
import { ALARM_WORDS, sentence } from "../../src/core/words.ts";
import { ACCOUNT_DEEDS } from "../../src/shell/accounts.ts";
import type { Row } from "../../src/shell/ports.ts";
import { rowWords } from "../../src/shell/sentences.ts";
import { streamOf } from "../../src/uplink/records.ts";

const row = (open: Row["open"]): Row => ({
  seq: 1,
  boot: "b",
  at: 0,
  wallMs: 0,
  trust: "trusted",
  kind: "account",
  open,
  hash: "0",
});

it.each(ACCOUNT_DEEDS)("%s stays at the gate and is told in both languages", (deed) => {
  const one = row({ deed, whose: "王建国", role: "guard", by: "陈主任" });
  expect(streamOf(one)).toBeUndefined();
  const words = rowWords(one, { alarms: ALARM_WORDS, decided: sentence }).sentence;
  expect(words.zh).toMatch(/王建国/);
  expect(words.en).toMatch(/王建国.*[a-z]|[a-z].*王建国/);
});

it("what the console did is told as done there", () => {
  const one = row({ deed: "disabled", whose: "王建国", role: "guard", by: "li", from: "console" });
  const words = rowWords(one, { alarms: ALARM_WORDS, decided: sentence }).sentence;
  expect(words).toEqual({
    zh: "li（在主机上）停用账号：王建国",
    en: "li (at the console) disabled the account of 王建国",
  });
});
