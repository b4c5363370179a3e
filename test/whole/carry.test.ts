/**
 * Promise 4 at a gate without any line: the built gate, a stick, the platform's reference reader, and its receipts back.
 * The same command line as a clerk's and an engineer's.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { expect, onTestFinished, test } from "vitest";
import { freePort, openPlace, type Place, serialPair, startGate, top, until } from "./place.ts";
import { importResidents, REC, recPush, siteYaml, storedRows, watchBoard } from "./site.ts";

const PASSWORD = "a-password-of-the-terminal";
const PROGRAM = join(top, "dist", "gatepost.cjs");

function openssl(place: Place, name: string): void {
  const file = (more: string) => join(place.dir, `${name}.${more}`);
  const run = (...args: readonly string[]) => execFileSync("openssl", args, { encoding: "utf8" });
  const pairs = ["ed25519", "x25519"].map((kind) => {
    run("genpkey", "-algorithm", kind, "-out", file(kind));
    return { own: readFileSync(file(kind), "utf8"), open: run("pkey", "-in", file(kind), "-pubout") };
  });
  writeFileSync(file("pem"), pairs.map(({ own }) => own).join(""));
  writeFileSync(file("pub.pem"), pairs.map(({ open }) => open).join(""));
}

test("records by stick, receipts back, and the next stick holds only what is new", { timeout: 120_000 }, async () => {
  const place = openPlace();
  onTestFinished(() => place.leave());
  const path = (name: string) => join(place.dir, name);
  const line = await serialPair(place, "relays");
  const board = await watchBoard(line.theirs);
  openssl(place, "platform");
  openssl(place, "stranger");
  for (const folder of ["stick", "second", "desk"]) mkdirSync(path(folder));
  writeFileSync(path("pw"), `${PASSWORD}\n`, { mode: 0o600 });
  const mqttPort = await freePort();
  const yaml = `${siteYaml({
    mqtt: `{ embedded: { host: 127.0.0.1, port: ${mqttPort} } }`,
    relays: line.ours,
    passwordFile: "pw",
  })}uplink: { siteCode: "330381001004", gateCode: "01", carry: { platformKeysFile: platform.pub.pem } }\n`;
  place.write("gate.yaml", yaml);
  await importResidents(place);
  let gate = await startGate(place, yaml, { GATEPOST_MQTT_PORT: String(mqttPort) });

  const verb = async (...args: readonly string[]) => {
    const running = place.run(process.execPath, [PROGRAM, "bundle", ...args, "--config", path("gate.yaml")]);
    const code = await running.ended;
    return { code, told: running.printed() };
  };
  const json = (told: string) => JSON.parse(told.slice(told.indexOf("{"), told.lastIndexOf("}") + 1));
  const comeHome = async (count: number) => {
    const terminal = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
      protocolVersion: 4,
      clientId: "face-in",
      username: "face-in",
      password: PASSWORD,
    });
    for (let n = 0; n < count; n++) {
      const { id, text } = recPush("R-0417");
      await terminal.publishAsync(REC, text, { qos: 1 });
      await until(
        () => storedRows(place).some(({ open }) => String(open.eventId).includes(`rec:${id}`)),
        10_000,
        gate.running.printed,
      );
    }
    await terminal.endAsync();
  };
  await comeHome(3);
  await until(() => board.writes().length > 0);

  // Once, and again: what is whole on the stick isn't written a second time.
  const first = await verb("export", path("stick"), "--json");
  expect(first, first.told).toMatchObject({ code: 0 });
  expect(json(first.told)).toMatchObject({ written: 1, skipped: 0 });
  const parts = () => readdirSync(path("stick")).filter((name) => name.includes("records"));
  expect(parts()).toHaveLength(1);
  await comeHome(1);
  const more = json((await verb("export", path("stick"), "--json")).told);
  expect(more).toMatchObject({ written: 1, skipped: 1 });
  expect(parts()).toHaveLength(2);
  // Promise 6: whoever finds the stick reads no name, no face, no record.
  const stick = readdirSync(path("stick")).map((name) => readFileSync(join(path("stick"), name)));
  for (const word of ["林秀兰", "R-0417", "granted", "face-in"])
    for (const bytes of stick) expect(bytes.includes(Buffer.from(word))).toBe(false);

  // The platform: all there, day by day; receipts onto the stick.
  const keys = await verb("keys");
  expect(keys.told).toMatch(/-----BEGIN PUBLIC KEY-----[\s\S]+-----BEGIN PUBLIC KEY-----/);
  writeFileSync(path("gate.pub.pem"), keys.told);
  const asPlatform = ["--keys", path("platform.pem"), "--gate", path("gate.pub.pem")];
  const read = await verb("read", path("stick"), ...asPlatform, "--receipts", path("desk"));
  expect(read, read.told).toMatchObject({ code: 0 });
  const granted = storedRows(place).filter(({ kind, open }) => kind === "decision" && open.outcome === "granted");
  expect(granted.length).toBeGreaterThan(0);
  for (const { seq } of granted) expect(read.told).toContain(`"seq":${seq},`);
  expect(read.told).toMatch(/330381001004 01 \d{4}-\d\d-\d\d complete/);
  for (const word of ["林秀兰", "R-0417"]) expect(read.told).not.toContain(word);
  expect(
    await verb("read", path("stick"), "--keys", path("stranger.pem"), "--gate", path("gate.pub.pem")),
  ).toMatchObject({
    code: 1,
  });

  // A changed receipt moves nothing; the true one does, once.
  const [name = ""] = readdirSync(path("desk")).filter((one) => one.includes("receipts"));
  const receipt = readFileSync(join(path("desk"), name));
  const changed = Buffer.from(receipt);
  changed[changed.length - 70] = (changed[changed.length - 70] ?? 0) ^ 1;
  writeFileSync(path("changed.gpb"), changed);
  const refused = await verb("import", path("changed.gpb"), "--json");
  expect(refused).toMatchObject({ code: 1 });
  expect(json(refused.told).files[0].told).toMatchObject({ code: "BUNDLE_DAMAGED", moved: [] });
  const again = json((await verb("export", path("second"), "--json")).told);
  expect(again).toMatchObject({ skipped: 0 });
  expect(again.records).toBeGreaterThan(4);
  rmSync(path("second"), { recursive: true });
  mkdirSync(path("second"));

  const taken = await verb("import", path("desk"), "--json");
  expect(taken, taken.told).toMatchObject({ code: 0 });
  expect(json(taken.told).files[0].told.moved).toContainEqual({ stream: "event", storedSeq: expect.any(Number) });
  expect(json((await verb("import", path("desk"), "--json")).told).files[0].told).toMatchObject({ moved: [] });

  // Across a restart: only what is new, and the platform sees no hole between the two sticks.
  await gate.running.stop();
  gate = await startGate(place, yaml, { GATEPOST_MQTT_PORT: String(mqttPort) });
  await comeHome(1);
  const next = json((await verb("export", path("second"), "--json")).told);
  expect(next.records).toBeLessThan(again.records);
  const second = await verb("read", path("second"), ...asPlatform, "--receipts", path("desk"));
  expect(second, second.told).toMatchObject({ code: 0 });
  // Somebody who doesn't have the first stick is told that something is missing.
  expect(await verb("read", path("second"), ...asPlatform)).toMatchObject({ code: 1 });
  expect(existsSync(path("data/carry.key"))).toBe(true);
});
