/**
 * A terminal that calls us and is called, through the whole program and real HTTP: it is given its faces, a face it
 * recognises has its own door opened by a request of ours, and what it kept while we were down becomes history.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { jpeg } from "../../src/simulator/jpeg.ts";
import { openUface, type Uface } from "../../src/simulator/uface.ts";
import { freePort, type Gate, openPlace, type Place, startGate, top, until } from "./place.ts";
import { importResidents, storedRows } from "./site.ts";

const SECRET = "c1f09a77e2b34d56";
const HOUR_MS = 3_600_000;

describe("a terminal that is called", () => {
  let place: Place;
  let gate: Gate;
  let terminal: Uface;
  let yaml: string;
  const missed = Array.from({ length: 40 }, (_, i) => Date.now() - HOUR_MS + i * 1_000);

  const cli = (...args: string[]) =>
    place.run(process.execPath, [join(top, "dist", "gatepost.cjs"), ...args, "--config", join(place.dir, "gate.yaml")]);
  const rows = (kind: string) => storedRows(place).filter((row) => row.kind === kind);
  const at = (time: number) => storedRows(place).filter((row) => String(row.open.eventId).endsWith(`@${time}`));
  const openings = () => terminal.asked().filter((line) => line === "POST /device/openDoorControl").length;

  beforeAll(async () => {
    place = openPlace();
    const port = await freePort();
    terminal = await openUface({
      deviceKey: "84E0F42C1A6B0417",
      password: "s3cret",
      callback: () => `http://127.0.0.1:${port}/${SECRET}/uface`,
    });
    place.write("terminal", SECRET);
    place.write("terminal-call", "s3cret\n");
    yaml = `
site: { id: test, name: 测试小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
dataDir: data
http: { host: 127.0.0.1, port: ${port} }
clock: { trust: trusted }
enrolment: { consent: not-checked }
devices:
  - id: face-in
    profile: uface-http
    http: { secretFile: terminal, call: { url: "${terminal.url}", passwordFile: terminal-call } }
    params: { deviceId: 84E0F42C1A6B0417 }
    enrol: true
    purpose: 测试用的人脸终端
lanes:
  - id: walk
    kind: pedestrian
    name: 人行门
    outputs: { open: { device: face-in, command: open } }
    times: { accessMs: 1000, gapMs: 100 }
    accessPoints: [{ id: walk-in, direction: in, readers: [face-in] }]
accessLevels: [{ id: residents, accessPoints: all }]
`;
    place.write("gate.yaml", yaml);
    await importResidents(
      place,
      "编号,姓名,类别,房号,人脸编号,卡号,车牌,权限组\nR-0417,林秀兰,业主,3-1-302,R-0417,,,residents\n",
    );
    for (const time of missed) terminal.recognised("R-0417", "face_0", time);
    terminal.enrolHere({ id: "visitor", name: "谁" });
    gate = await startGate(place, yaml);
  });
  afterAll(async () => {
    await place.leave();
    await terminal.close();
  });

  test("promise 1: what it kept while we were down is history, and opens nothing", async () => {
    expect(await terminal.beat()).toBe(200);
    await until(() => missed.every((time) => at(time).length > 0), 20_000, gate.running.printed);
    for (const time of missed)
      expect(at(time).map((row) => [row.kind, row.open.reason])).toEqual([["history", "not-fresh"]]);
    expect([terminal.opened(), rows("move").length]).toEqual([0, 0]);
  });

  test("a face that is recognised: the row, then one request that opens, and its answer", async () => {
    const now = Date.now();
    expect(await terminal.recognise("R-0417", "face_0", now)).toBe(200);
    expect(at(now)[0]?.open).toMatchObject({ outcome: "granted", reader: "face-in" });
    await until(() => terminal.opened() === 1, 10_000, gate.running.printed);
    await until(() => rows("outcome").length > 0 || rows("move").length > 0, 10_000, gate.running.printed);
    expect(openings()).toBe(1);
  });

  test("promise 1: a stranger, and the same record again, open nothing", async () => {
    const old = missed[0] ?? 0;
    expect(await terminal.recognise("STRANGERBABY", "face_2")).toBe(200);
    expect(await terminal.recognise("R-9999")).toBe(200);
    expect(await terminal.recognise("R-0417", "face_0", old)).toBe(200);
    expect(openings()).toBe(1);
  });

  test("it is given person and face, and whoever isn't on the list goes", async () => {
    const folder = join(place.dir, "photos");
    mkdirSync(folder);
    writeFileSync(join(folder, "R-0417.jpg"), jpeg(480, 640, 20_000, 1));
    const enrolling = cli("enrol", "--folder", folder, "--json");
    expect(await enrolling.ended, enrolling.printed()).toBe(0);
    const held = () => terminal.people().map(({ id, name, face = "" }) => `${id} ${name} ${face.slice(0, 4)}`);
    await until(
      () => held().join() === "R-0417 林秀兰 /9j/",
      30_000,
      () => `${held()} ${terminal.asked()} ${gate.running.printed()}`,
    );
    const everything = gate.running.printed() + JSON.stringify(storedRows(place));
    expect(everything).not.toContain("imgBase64");
    expect(everything).not.toContain("s3cret");
  });

  test("whoever leaves the list leaves the terminal", async () => {
    await importResidents(
      place,
      "编号,姓名,类别,房号,人脸编号,卡号,车牌,权限组\nR-0418,周建国,业主,3-1-302,,0005913728,,residents\n",
    );
    await until(
      () => terminal.people().length === 0,
      40_000,
      () => `${terminal.asked()} ${gate.running.printed()}`,
    );
  });

  test("after a SIGKILL its records are asked for again, and none is kept twice", async () => {
    await gate.running.stop("SIGKILL");
    const asked = terminal.asked().filter((line) => line === "GET /newFindRecords").length;
    const later = Date.now() - 60_000;
    terminal.recognised("R-0417", "face_0", later);
    gate = await startGate(place, yaml);
    await until(() => at(later).length > 0, 30_000, gate.running.printed);
    expect(terminal.asked().filter((line) => line === "GET /newFindRecords").length).toBeGreaterThan(asked);
    for (const time of missed.slice(1)) expect(at(time)).toHaveLength(1);
    expect(openings()).toBe(1);
  });
});
