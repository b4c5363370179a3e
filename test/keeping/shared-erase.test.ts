/** `gatepost erase` beside a running gate: the console leaves pseudonyms, and the gates of the site forget where they are. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pseudonym } from "../../src/adapters/journal-seal.ts";
import { erasuresOrdered, orderErasure } from "../../src/adapters/shared-erase.ts";
import { sharedNames } from "../../src/adapters/shared-key.ts";
import { openWhitelist } from "../../src/adapters/whitelist.ts";
import { houseAt } from "../../src/cli/house.ts";
import { eraseWork } from "../../src/cli/work-erase.ts";
import { skeleton } from "../../src/core/plates.ts";
import { top } from "../whole/place.ts";
import { at, durable, open, place, SITE_KEY } from "./journal-place.ts";

it("what is ordered waits until it is done, and a file that says nonsense orders nothing", () => {
  const dir = place();
  expect(erasuresOrdered(dir).subjects).toEqual([]);
  orderErasure(dir, ["0123456789abcdef", "fedcba9876543210"]);
  orderErasure(dir, ["00000000000000ff"]);
  writeFileSync(join(dir, "sharing-erase", "x.erase"), "林秀兰\n川A12345\n");
  const ordered = erasuresOrdered(dir);
  expect([...ordered.subjects].sort()).toEqual(["00000000000000ff", "0123456789abcdef", "fedcba9876543210"]);
  orderErasure(dir, ["aaaaaaaaaaaaaaaa"]);
  ordered.done();
  expect(erasuresOrdered(dir).subjects).toEqual(["aaaaaaaaaaaaaaaa"]);
});

it.each([
  ["applied", true],
  ["only looked at", false],
])("the erasure of a person with a car, %s, orders person and cars by pseudonym", async (_, apply) => {
  const dir = place();
  const secret = "5c".repeat(32);
  writeFileSync(join(dir, "sharing.key"), `${secret}\n`, { mode: 0o600 });
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
  const plate = (value: string) => ({ type: "plate", value, original: value }) as const;
  const person = { id: "R-1", name: "林秀兰", kind: "resident", blocked: false, slow: false, levels: [] } as const;
  list.replaceAll([{ ...person, credentials: [plate("川A11111"), plate("川A22222")] }], "test", 0);
  const result = await eraseWork(houseAt(top), { configPath: join(dir, "gate.yaml"), person: "R-1", apply });
  expect(result.outcome).toBe(apply ? "erased" : "dry-run");
  list.close();
  const name = sharedNames(secret, "xinghe");
  const all = ["R-1", "vehicle:R-1", "vehicle:plate 川A11111", "vehicle:plate 川A22222"].map(name);
  expect(erasuresOrdered(dir).subjects).toEqual(apply ? all : []);
  if (!apply) return expect(existsSync(join(dir, "sharing-erase"))).toBe(false);
  for (const file of readdirSync(join(dir, "sharing-erase")))
    expect(readFileSync(join(dir, "sharing-erase", file), "utf8")).not.toMatch(/R-1|川A/);
});

it("what rows keep is there after a restart, the newest of each key, also of rows that waited for the disk", async () => {
  const file = join(place(), "journal.sqlite");
  const first = open(file);
  first.append({ kind: "shared", now: at(1), open: {}, keeps: [{ key: "a", text: "1" }] });
  const seq = first.append({
    kind: "shared",
    now: at(2),
    open: {},
    keeps: [
      { key: "a", text: "2" },
      { key: "b", text: "1" },
    ],
  });
  await durable(first, seq);
  await first.close();
  const next = open(file, { boot: "next" });
  expect(next.kept()).toEqual([
    { key: "a", text: "2" },
    { key: "b", text: "1" },
  ]);
  await next.close();
});
