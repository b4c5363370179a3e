/**
 * Terminals and cameras that push over HTTP, through the whole program: a plain HTTP client → gatepost → the relay
 * board's bytes, or the answer that opens → the row on the disk.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, type Gate, openPlace, type Place, serialPair, startGate, until } from "./place.ts";
import { FLASH, importResidents, storedRows, type Witness, watchBoard } from "./site.ts";

const TERMINAL = "c1f09a77e2b34d56";
const CAMERA = "9d8c7b6a5f4e3d2c";
const OK = { Response_AlarmInfoPlate: { info: "ok", channelNum: 0, is_pay: "true" } };
const NO = { Response_AlarmInfoPlate: { info: "no", channelNum: 0, is_pay: "false" } };

describe("devices that push", () => {
  let place: Place;
  let board: Witness;
  let gate: Gate;
  let push: string;
  let records = 41_000;

  beforeAll(async () => {
    place = openPlace();
    const port = await freePort();
    const relays = await serialPair(place, "relays");
    board = await watchBoard(relays.theirs);
    place.write("terminal", `${TERMINAL}\n`);
    place.write("camera", CAMERA);
    const yaml = `
site: { id: test, name: 测试小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
dataDir: data
http: { host: 127.0.0.1, port: ${port} }
clock: { trust: trusted }
devices:
  - id: face-in
    profile: hikvision-isapi
    http: { secretFile: terminal }
    purpose: 测试用的人脸终端
  - id: plate-in
    profile: vzenith-http
    http: { secretFile: camera }
    params: { deviceId: cam-1 }
  - id: relays
    profile: waveshare-modbus-relay
    serial: { path: ${relays.ours} }
    params: { unit: 1 }
lanes:
  - id: walk
    kind: pedestrian
    name: 人行门
    outputs: { open: { device: relays, channel: 1, pulseMs: 500 } }
    times: { accessMs: 1000, gapMs: 100 }
    accessPoints: [{ id: walk-in, direction: in, readers: [face-in] }]
  - id: car
    kind: vehicle
    name: 进口车道
    outputs: { open: { device: plate-in, command: open } }
    times: { accessMs: 1000, gapMs: 100, travelMs: 500 }
    accessPoints: [{ id: car-in, direction: in, readers: [plate-in], plateQuietMs: 100, plateMaxMs: 300 }]
accessLevels: [{ id: residents, accessPoints: all }]
`;
    place.write("gate.yaml", yaml);
    await importResidents(
      place,
      "编号,姓名,类别,房号,人脸编号,卡号,车牌,权限组\nR-0417,林秀兰,业主,3-1-302,R-0417,,苏E5K38M,residents\n",
    );
    push = `http://127.0.0.1:${port}`;
    gate = await startGate(place, yaml);
  });
  afterAll(() => place.leave());

  const post = (path: string, body: unknown) =>
    fetch(`${push}/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  const iso = (ms: number) => `${new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;

  function access(person: string, more: Readonly<Record<string, unknown>> = {}, at = Date.now()) {
    const serialNo = records++;
    const event = {
      majorEventType: 5,
      subEventType: 75,
      employeeNoString: person,
      serialNo,
      currentEvent: true,
      ...more,
    };
    return {
      key: `${serialNo}@${iso(at)}`,
      body: {
        dateTime: iso(at),
        eventType: "AccessControllerEvent",
        eventState: "active",
        AccessControllerEvent: event,
      },
    };
  }
  function plate(license: string, at = Date.now()) {
    const sec = Math.floor(at / 1000);
    const PlateResult = {
      license,
      confidence: 96,
      colorType: 1,
      plateid: records++,
      triggerType: 1,
      timeStamp: { Timeval: { sec } },
    };
    return { AlarmInfoPlate: { serialno: "cam-1", result: { PlateResult } } };
  }
  const rowOf = (eventId: string) => storedRows(place).find((row) => row.open.eventId === eventId);

  test("a resident's face: the relay moves, and the terminal is answered with the row on the disk", async () => {
    const { key, body } = access("R-0417");
    const answer = await post(`${TERMINAL}/hik/events`, body);
    expect(answer.status).toBe(200);
    expect(rowOf(key)?.open).toMatchObject({ outcome: "granted", reader: "face-in" });
    await until(
      () => board.writes().length === 1,
      5_000,
      () => gate.running.printed(),
    );
    expect(board.writes()).toEqual([FLASH]);
  });

  test.each([
    ["a stored record", { currentEvent: false }, 0],
    ["one of an hour ago", {}, -3_600_000],
    ["one of the future", {}, 3_600_000],
  ])("promise 1: %s opens nothing, and is history", async (_name, more, shift) => {
    const before = board.writes().length;
    const { key, body } = access("R-0417", more, Date.now() + shift);
    expect((await post(`${TERMINAL}/hik/events`, body)).status).toBe(200);
    expect(rowOf(key)?.open).toMatchObject({ reason: "not-fresh" });
    expect(board.writes().length).toBe(before);
  });

  test("promise 1: the same request again opens nothing", async () => {
    const { key, body } = access("R-0417");
    await post(`${TERMINAL}/hik/events`, body);
    const moves = () => storedRows(place).filter((row) => row.kind === "move" && row.lane === "walk").length;
    const before = moves();
    await post(`${TERMINAL}/hik/events`, body);
    const rows = storedRows(place).filter((row) => row.open.eventId === key);
    expect(rows.map((row) => row.open.outcome)).toEqual(["granted", "denied"]);
    expect(rows[1]?.open.staleness).toBe("already-used");
    expect(moves()).toBe(before);
  });

  test("who has no secret is nobody", async () => {
    const before = board.writes().length;
    expect((await post("hik/events", access("R-0417").body)).status).toBe(404);
    expect((await post(`${CAMERA}/hik/events`, access("R-0417").body)).status).toBe(400);
    expect(board.writes().length).toBe(before);
  });

  test("a plate on the list: the camera's answer opens the arm; a stranger's says no", async () => {
    const known = await post(`${CAMERA}/vz/plate`, plate("苏E5K38M"));
    expect(await known.json()).toEqual(OK);
    expect(storedRows(place).filter((row) => row.kind === "move" && row.lane === "car")).toHaveLength(1);
    const unknown = await post(`${CAMERA}/vz/plate`, plate("苏A00000"));
    expect(await unknown.json()).toEqual(NO);
  });

  test("promise 1: a plate of an hour ago is told no", async () => {
    const old = await post(`${CAMERA}/vz/plate`, plate("苏E5K38M", Date.now() - 3_600_000));
    expect(await old.json()).toEqual(NO);
  });

  test("a camera that speaks for another one is refused, and an alarm says so", async () => {
    const forged = plate("苏E5K38M");
    forged.AlarmInfoPlate.serialno = "cam-2";
    expect((await post(`${CAMERA}/vz/plate`, forged)).status).toBe(403);
    await until(() => storedRows(place).some((row) => row.kind === "alarm" && row.open.alarm === "forged-event"));
  });
});
