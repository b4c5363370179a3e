/**
 * Promise 6, the whole way: the clerk's list and pictures → the real program → Mosquitto → a terminal with a store of its
 * own; who leaves the list leaves the terminal, with a receipt, also over a SIGKILL. And what is said at the gate, byte by byte.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFaces } from "../../src/simulator/faces.ts";
import { jpeg } from "../../src/simulator/jpeg.ts";
import { openTerminal, type Terminal } from "../../src/simulator/terminal.ts";
import {
  type Gate,
  openPlace,
  type Place,
  type Running,
  serialPair,
  startGate,
  startMosquitto,
  top,
  until,
} from "./place.ts";
import { importResidents, siteYaml, storedRows, TERMINAL, type Witness, watchBoard } from "./site.ts";

const HEAD = "编号,姓名,类别,房号,人脸编号,卡号,车牌,权限组\n";
const LIN = "R-0417,林秀兰,业主,3-1-302,R-0417,0005913727,,residents\n";
const ZHOU = "R-0418,周建国,业主,3-1-302,R-0418,0005913728,,residents\n";
const WU = "R-0419,吴芳,业主,3-1-303,R-0419,0005913729,,residents\n";

/** 64 FFFF 30, length, 01 (the published frame) and 林，请进; 不是本小区登记的人或车: in GBK. */
const COME_IN = "0064FFFF300901C1D6A3ACC7EBBDF8";
const NOT_FROM_HERE = "B2BBCAC7B1BED0A1C7F8B5C7BCC7B5C4C8CBBBF2B3B5";

/** What it printed, without the warnings before it. */
const jsonIn = (running: Running) => JSON.parse(running.printed().replace(/^[\s\S]*?^(?=[[{])/m, ""));

const AGREED = ["--notice", "2026-1", "--agreed-by", "本人", "--how", "signed", "--taken-by", "周建国"];

describe("enrolment", () => {
  let place: Place;
  let broker: { readonly url: string };
  let board: Witness;
  let gate: Gate;
  let terminal: Terminal;
  let yaml: string;
  let said = "";
  const faces = openFaces(TERMINAL);

  const cli = (...args: string[]): Running =>
    place.run(process.execPath, [join(top, "dist", "gatepost.cjs"), ...args, "--config", join(place.dir, "gate.yaml")]);
  const held = () =>
    faces
      .held()
      .map((one) => one.customId)
      .sort();
  const onItsWay = () => readdirSync(join(place.dir, "data", "pictures"));
  const terminals = async () => {
    const asked = cli("terminals", "--json");
    const code = await asked.ended;
    return { code, told: jsonIn(asked) };
  };

  beforeAll(async () => {
    place = openPlace();
    broker = await startMosquitto(place);
    const relays = await serialPair(place, "relays");
    const led = await serialPair(place, "led");
    board = await watchBoard(relays.theirs);
    const line = await open(led.theirs, "r");
    void (async () => {
      const chunk = Buffer.alloc(256);
      for (;;) {
        const { bytesRead } = await line.read(chunk, 0, chunk.length, null);
        if (bytesRead === 0) return;
        said += chunk.toString("hex", 0, bytesRead).toUpperCase();
      }
    })().catch(() => line.close().catch(() => undefined));
    yaml = siteYaml({ mqtt: `{ external: { url: "${broker.url}" } }`, relays: relays.ours })
      .replace("    purpose: 测试用的人脸终端", "    purpose: 测试用的人脸终端\n    enrol: true")
      .replace("lanes:\n", `  - id: led\n    profile: led-voice-board\n    serial: { path: ${led.ours} }\nlanes:\n`)
      .replace(
        "        readers: [face-in]",
        `        readers: [face-in]\n        feedback:\n          device: led\n          onGranted: { command: say, args: { text: "{name}，请进" } }\n          onRefused: { command: say, args: { text: "{reason}" } }`,
      );
    place.write("gate.yaml", yaml);
    await importResidents(place, HEAD + LIN + ZHOU);
    gate = await startGate(place, yaml);
    terminal = await connect();
  });
  afterAll(async () => {
    await terminal.close();
    await place.leave();
  });
  async function connect(): Promise<Terminal> {
    const one = openTerminal({
      url: broker.url,
      username: "",
      password: "",
      deviceId: TERMINAL,
      utcOffsetMin: 480,
      faces,
    });
    await one.ready;
    return one;
  }

  test("list and pictures: the terminal holds them; the pictures are gone, and nobody has written of them", async () => {
    const folder = join(place.dir, "photos");
    mkdirSync(folder);
    writeFileSync(join(folder, "R-0417.jpg"), jpeg(480, 640, 20_000, 1));
    writeFileSync(join(folder, "R-0418.JPG"), jpeg(480, 640, 20_000, 2));
    writeFileSync(join(folder, "R-9999.jpg"), jpeg(480, 640, 20_000, 3));
    writeFileSync(join(folder, "notes.txt"), "no picture");
    const tooEarly = cli("enrol", "--folder", folder, "--json");
    expect(await tooEarly.ended, tooEarly.printed()).toBe(1);
    expect(jsonIn(tooEarly)).toMatchObject({ taken: [] }); // nobody has agreed
    const nowhere = cli("enrol", "R-0418", "--picture", join(folder, "nowhere.jpg"), ...AGREED);
    expect([await nowhere.ended, nowhere.printed()]).toEqual([1, expect.stringContaining("nowhere.jpg")]);
    const stillTooEarly = cli("enrol", "--folder", folder, "--json");
    expect(await stillTooEarly.ended).toBe(1);
    expect(jsonIn(stillTooEarly)).toMatchObject({ taken: [] }); // no consent was left behind
    for (const face of ["R-0417", "R-0418"]) expect(await cli("enrol", face, ...AGREED).ended).toBe(0);
    const enrolling = cli("enrol", "--folder", folder, "--json");
    expect(await enrolling.ended, enrolling.printed()).toBe(1);
    expect(jsonIn(enrolling)).toMatchObject({
      taken: ["R-0417", "R-0418"],
      refused: [{ file: join(folder, "R-9999.jpg") }],
    });
    for (const name of onItsWay()) expect(statSync(join(place.dir, "data", "pictures", name)).mode & 0o777).toBe(0o600);
    await until(() => held().join() === "R-0417,R-0418", 30_000, gate.running.printed);
    await until(() => onItsWay().length === 0, 15_000, gate.running.printed);
    const { code, told } = await terminals();
    expect(code).toBe(0);
    expect(told).toMatchObject([
      {
        device: "face-in",
        holds: 2,
        owes: { add: 0, change: 0, remove: 0 },
        shouldNotHold: [],
        last: { is: "confirmed" },
      },
    ]);
    const everything =
      gate.running.printed() +
      JSON.stringify(storedRows(place)) +
      (await fetch(`${gate.page}/metrics`).then((answer) => answer.text()));
    expect(everything).not.toContain("base64");
    expect(everything).not.toContain("/9j/");
  });

  test("whoever is recognised is greeted by what the policy shows, after the relay; a stranger is told why not", async () => {
    const before = board.writes().length;
    await terminal.face("R-0417", 0.91);
    await until(() => said.includes(COME_IN), 10_000, gate.running.printed);
    expect(board.writes().length).toBe(before + 1);
    said = "";
    await terminal.face("R-7777", 0.91);
    await until(() => said.includes(NOT_FROM_HERE), 10_000, gate.running.printed);
    expect(board.writes().length).toBe(before + 1);
  });

  test("promise 6: who leaves the list is removed, with a row that names nobody", async () => {
    await importResidents(place, HEAD + LIN, {}, ["--allow-removals"]);
    await until(() => held().join() === "R-0417", 30_000, gate.running.printed);
    const row = await until(
      () => storedRows(place).find((one) => one.kind === "device" && one.open.face === "removed"),
      10_000,
    );
    expect(row.open).toEqual({ device: "face-in", face: "removed" });
    expect((await terminals()).told).toMatchObject([{ holds: 1, owes: { remove: 0 } }]);
  });

  test("killed between sending and receipt: it knows that the face may be there, and removes it", async () => {
    await importResidents(place, HEAD + LIN + WU);
    await terminal.close();
    const picture = place.write("wu.jpg", "");
    writeFileSync(picture, jpeg(480, 640, 20_000, 4));
    const ear = place.run("mosquitto_sub", ["-p", new URL(broker.url).port, "-t", `mqtt/face/${TERMINAL}`, "-C", "1"]);
    await until(() => ear.child.pid);
    expect(await cli("enrol", "R-0419", "--picture", picture, ...AGREED).ended).toBe(0);
    await until(() => ear.printed().includes("EditPerson"), 30_000, gate.running.printed);
    await gate.running.stop("SIGKILL");
    expect((await terminals()).told).toMatchObject([{ uncertain: 1 }]);
    faces.answer(JSON.parse(ear.printed()));
    expect(held()).toEqual(["R-0417", "R-0419"]);
    await importResidents(place, HEAD + LIN, {}, ["--allow-removals"]);
    const { code, told } = await terminals();
    expect([code, told[0].shouldNotHold]).toEqual([1, ["R-0419"]]);
    gate = await startGate(place, yaml);
    terminal = await connect();
    await until(() => held().join() === "R-0417", 30_000, gate.running.printed);
    const after = await until(async () => {
      const now = await terminals();
      return now.code === 0 ? now.told : undefined;
    });
    expect(after).toMatchObject([{ holds: 1, uncertain: 0 }]);
    expect(readFileSync(join(place.dir, "data", "terminals.sqlite")).includes("林秀兰")).toBe(false);
  });

  test("somebody enrolled at the terminal by hand is found, told and removed", async () => {
    await terminal.close();
    const pic = `data:image/jpeg;base64,${jpeg(480, 640, 2_000, 9).toString("base64")}`;
    faces.answer({ operator: "EditPerson", info: { customId: "X-1", name: "x", pic } });
    await gate.running.stop();
    gate = await startGate(place, yaml);
    terminal = await connect();
    await until(() => held().join() === "R-0417", 30_000, gate.running.printed);
    expect(
      storedRows(place)
        .filter((one) => one.kind === "device")
        .map((one) => one.open.face),
    ).toContain("found");
  });

  test("promise 6: a consent withdrawn at the console takes the face out of the terminal, with a receipt", async () => {
    expect(await cli("enrol", "R-0417", "--withdraw", "--taken-by", "周建国").ended).toBe(0);
    await until(() => held().length === 0, 30_000, gate.running.printed);
    const after = await until(async () => {
      const now = await terminals();
      return now.told[0]?.holds === 0 && now.code === 0 ? now.told : undefined;
    }, 30_000);
    expect(after).toMatchObject([{ last: { face: "R-0417", is: "removed" }, shouldNotHold: [] }]);
  });
});
