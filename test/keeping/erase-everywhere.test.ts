/** One person out of everything that is kept of them, whoever orders it: the console, or the platform by a signed command. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openConsents } from "../../src/adapters/consents.ts";
import { pseudonym } from "../../src/adapters/journal-seal.ts";
import { openRegisterThread } from "../../src/adapters/register-thread.ts";
import { erasuresOrdered } from "../../src/adapters/shared-erase.ts";
import { sharedNames } from "../../src/adapters/shared-key.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import { houseAt, loadOrSay } from "../../src/cli/house.ts";
import { eraseWork } from "../../src/cli/work-erase.ts";
import { skeleton } from "../../src/core/plates.ts";
import { listWork } from "../../src/main-commands-list.ts";
import { registerPlace } from "../../src/main-register.ts";
import type { Listed } from "../../src/uplink/command.ts";
import { top } from "../whole/place.ts";
import { place, SITE_KEY } from "./journal-place.ts";

const SECRET = "5c".repeat(32);
const NAME = "林秀兰林秀兰林秀兰";
const HEAD = {
  schemaVersion: "1.0",
  id: "c0ffee00-0000-4000-8000-000000000001",
  site: "xinghe",
  gate: "south",
  epoch: "c0ffee00-0000-4000-8000-000000000002",
  counter: 1,
  validUntilMs: 1,
  who: "王敏",
  why: "本人申请",
} as const;

/** A resident with a car and a face: agreed once, withdrawn since, so that the list names the face no more. */
function site() {
  const dir = place();
  writeFileSync(join(dir, "sharing.key"), `${SECRET}\n`, { mode: 0o600 });
  writeFileSync(
    join(dir, "gate.yaml"),
    `site: { id: xinghe, name: 星河小区 }
gate: { id: south, name: 南门 }
dataDir: .
sharing: { keyFile: sharing.key, gates: [north], broker: { url: mqtts://broker.xinghe } }
areas: [{ id: inside }]
lanes: [{ id: iron, kind: monitored, name: 铁门, inputs: { door-contact: { gpio: 5 } }, accessPoints: [] }]
`,
  );
  const list = openWhitelist({
    file: join(dir, "whitelist.sqlite"),
    skeleton,
    subjectOf: (holder) => pseudonym(SITE_KEY, holder),
  });
  const plate = { type: "plate", value: "川A11111", original: "川A11111" } as const;
  const person = { id: "R-1", name: NAME, kind: "resident", blocked: false, slow: false, levels: [] } as const;
  list.replaceAll([{ ...person, credentials: [plate] }], "test", 0);
  const file = join(dir, "consents.sqlite");
  const consents = openConsents(file, () => 2026);
  onTestFinished(() => {
    consents.close();
    list.close();
  });
  const agreed = { notice: "2026-1", agreedBy: NAME, how: "paper", takenBy: "周建国" };
  consents.record({ ...agreed, face: "F-1", holder: "R-1" }, 1);
  consents.withdraw("F-1", "周建国", 2, "R-1");
  consents.record({ ...agreed, face: "F-2", holder: "R-2", agreedBy: "周建国" }, 3);
  const configPath = join(dir, "gate.yaml");
  const loaded = loadOrSay(houseAt(top), configPath, process.env);
  const register = openRegisterThread(registerPlace(loaded, 7));
  onTestFinished(register.close);
  const work = listWork({ register, wallMs: () => 5, listChanged: () => undefined });
  return { dir, list, consents, configPath, work };
}

it.each([
  ["by the console", ({ configPath }) => eraseWork(houseAt(top), { configPath, person: "R-1", apply: true })],
  ["by the platform", ({ work }) => work.erase({ ...HEAD, kind: "erase", person: "R-1" })],
] satisfies [string, (at: ReturnType<typeof site>) => Promise<unknown>][])(
  "promise 6: %s, nothing names the person any more, in no file; the other entrances are told",
  async (_, order) => {
    const at = site();
    await order(at);
    expect([...at.list.people()]).toEqual([]);
    expect(at.consents.rows("R-1", ["F-1"])).toEqual([]);
    expect(at.consents.rows("R-2", []).length).toBe(1);
    const name = sharedNames(SECRET, "xinghe");
    expect(erasuresOrdered(at.dir).subjects).toEqual(["R-1", "vehicle:R-1", "vehicle:plate 川A11111"].map(name));
    for (const one of readdirSync(at.dir).filter((file) => file.includes(".sqlite")))
      expect(readFileSync(join(at.dir, one)).includes(NAME), one).toBe(false);
  },
);

it("only looked at, nothing is forgotten", async () => {
  const { dir, consents, configPath } = site();
  const told = await eraseWork(houseAt(top), { configPath, person: "R-1", apply: false });
  expect([told.outcome, consents.rows("R-1", []).length]).toEqual(["dry-run", 2]);
  expect(existsSync(join(dir, "sharing-erase"))).toBe(false);
});

it("promise 6: a face whose consent was withdrawn here doesn't come back by the platform's list", async () => {
  const { list, work } = site();
  const person: Listed = {
    id: "R-1",
    name: NAME,
    kind: "resident",
    levels: [],
    credentials: [
      { type: "face", value: "F-1" },
      { type: "card", value: "0001" },
    ],
  };
  const done = { state: "done", code: "carried-out" };
  expect(await work.delta({ ...HEAD, kind: "whitelist", base: 1, put: [person], remove: [] })).toMatchObject(done);
  expect([list.find("face", "F-1"), list.find("card", "0001")?.holder.id]).toEqual([undefined, "R-1"]);
  const whole = { upload: HEAD.id, part: 1, parts: 1, people: [person] };
  expect(await work.part({ ...HEAD, kind: "whitelist-part", ...whole })).toMatchObject(done);
  expect([list.find("face", "F-1"), list.find("card", "0001")?.holder.id]).toEqual([undefined, "R-1"]);
});
