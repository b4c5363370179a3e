// What a gate tells of itself for an impact assessment, from its configuration, accounts, terminals and traffic.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { changedFacts } from "../../src/core/impact.ts";
import { NO_COUNTS } from "../../src/core/traffic.ts";
import { HOUR_MS } from "../../src/core/traffic-hours.ts";
import { gateFacts } from "../../src/main-impact.ts";
import type { Account } from "../../src/shell/accounts.ts";
import { FACTS } from "../core/impact-facts.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

/** 2026-11-25 10:00 in China. */
const NOW = Date.UTC(2026, 10, 25, 2);
const HOUR = NOW / HOUR_MS + 8;
const GROUND = "县公安局2026年第12号文第三条";
const account = (role: Account["role"], change: Partial<Account> = {}): Account => ({
  id: role,
  name: role,
  who: role,
  role,
  disabled: false,
  secret: "password",
  totp: false,
  ...change,
});

const FACE_ONLY = PROFILES.map((one) => (one.id === "faceterm-mqtt" ? { ...one, claims: ["face" as const] } : one));

async function factsOf(yaml: string, accounts: readonly Account[], profiles = PROFILES) {
  const site = siteFolder(yaml);
  onTestFinished(site.remove);
  const pictures = join(site.folder, "data", "pictures");
  mkdirSync(pictures, { recursive: true });
  for (const name of ["a.jpg", "b.jpg", "half.tmp"]) writeFileSync(join(pictures, name), "x");
  const loaded = loadConfig(site.file, {}, { profiles });
  if ("errors" in loaded) throw new Error(JSON.stringify(loaded.errors));
  const counts = {
    ...NO_COUNTS,
    passages: { "in resident face": 30, "in resident card": 25, "in visitor guard": 5 },
    waitingBy: {
      "in resident face": { count: 30, totalMs: 60_000 },
      "in resident card": { count: 25, totalMs: 200_000 },
    },
  };
  return gateFacts({
    loaded,
    accounts: { list: () => accounts },
    terminals: () => [{ device: "face-in", holds: 606 }],
    traffic: {
      book: { hours: async () => ({ counts: [{ hour: HOUR, lane: "car-in", counts }], on: new Map() }) },
      offsetMin: () => 480,
    },
    rows: () => 42,
    now: () => NOW,
  });
}

it("of a small gate of its own: nothing leaves, faces alone let in, others wait longer, no account", async () => {
  const facts = await factsOf(SOUND, [], FACE_ONLY);
  expect(facts).toMatchObject({
    site: "星河小区",
    gate: "正门",
    purposes: [{ device: "face-in", purpose: "业主自愿登记后进门" }],
    terminals: [{ device: "face-in", faces: 606 }],
    parity: {
      from: "2026-10-27",
      to: "2026-11-25",
      lanes: [{ lane: "进口车道", faces: 30, others: 30, is: "others-longer", faceMs: 2_000, othersMs: 8_000 }],
    },
    kept: { strangerDays: 30, pictureDays: 14, keepPictures: 0 },
    facesAlone: ["car-in"],
    leaves: [],
    measures: { "page-tls": "unused", "lines-tls": "unused", accounts: "off", "one-time-codes": "off", consent: "on" },
    pictures: 2,
    rows: 42,
  });
  expect(facts.roles.find(({ role }) => role === "guard")?.rights).toEqual(["watch"]);
});

it("of a gate that reports: to whom, on which ground, and no password of an address", async () => {
  const more = `viid: { url: "http://viid.example", deviceId: "33038100001190000001", passwordFile: secrets/face-in, clearTextGround: 视频专网，县局机房VPN接入, faces: true, facesGround: ${GROUND} }
uplink: { url: "mqtts://gate:s3cret@county.example:8883", username: gate, passwordFile: secrets/face-in }
enrolment: { consent: not-checked, keepPictures: true }
page: { host: 192.168.1.9, operatorTokenFile: secrets/operator }
devices:
`;
  const accounts = [
    account("clerk", { totp: true }),
    account("admin", { totp: true }),
    account("guard"),
    account("admin", { disabled: true }),
  ];
  const quiet = await factsOf(SOUND, accounts);
  const facts = await factsOf(SOUND.replace("devices:\n", more), accounts);
  expect(facts.leaves).toEqual([
    { to: "platform", address: "county.example:8883", encrypted: true, what: ["pseudonyms"], ground: "" },
    {
      to: "viid",
      address: "viid.example",
      encrypted: false,
      what: ["faces"],
      ground: `${GROUND}；视频专网，县局机房VPN接入`,
    },
  ]);
  expect(JSON.stringify(facts)).not.toContain("s3cret");
  expect(facts.measures).toMatchObject({
    "page-tls": "off",
    "lines-tls": "off",
    accounts: "on",
    "one-time-codes": "on",
    consent: "off",
  });
  expect(facts.roles.map(({ accounts: n, codes }) => [n, codes])).toEqual([
    [1, 0],
    [1, 1],
    [0, 0],
    [1, 1],
  ]);
  const { held, faces } = FACTS;
  expect(changedFacts({ ...quiet, held, faces }, { ...facts, held, faces })).toEqual([
    "leaving",
    "measures",
    "retention",
  ]);
});
