/**
 * The technician's bench on a real loop, journal and server: an output is tried by a named person's order and by nothing
 * else, contacts are counted, a credential is followed, and what a device said shows nobody.
 */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import { buildHttp } from "../../src/adapters/http.ts";
import { loadProfiles } from "../../src/adapters/profiles.ts";
import { SHIPPED_PROFILES } from "../../src/config/profiles.ts";
import type { Found } from "../../src/core/terms.ts";
import { encoder } from "../../src/decode/encode.ts";
import { compile } from "../../src/decode/reader.ts";
import { completeParams } from "../../src/decode/topics.ts";
import { type Booth, openBooth } from "../../src/shell/booth.ts";
import type { WallDevice } from "../../src/shell/wall.ts";
import { openWorkbench, type Workbench } from "../../src/shell/workbench.ts";
import { durable } from "../keeping/journal-place.ts";
import { openGateLoop, resident } from "../shell/gate.ts";
import { until } from "../whole/place.ts";

const profiles = loadProfiles([SHIPPED_PROFILES]);

function deviceOf(id: string, name: string, given: Readonly<Record<string, string>>): WallDevice {
  const profile = profiles.device(name);
  const { params } = completeParams(profile, given);
  return { id, reader: compile(profile), encode: encoder(profile), params };
}

function openAt(people: readonly Found[] = []) {
  const late: { booth?: Booth; bench?: Workbench } = {};
  const gate = openGateLoop({}, people, {
    onRow(row) {
      late.booth?.written(row);
      late.bench?.written(row);
    },
    stepped: (step) => late.bench?.stepped(step),
    atEndOfTurn: queueMicrotask,
  });
  const face = deviceOf("reader-in", "faceterm-mqtt", { deviceId: "2107466" });
  const module = deviceOf("module", "sense-uart", { deviceId: "module" });
  const bench = openWorkbench({
    plan: gate.plan,
    loop: gate.loop,
    clock: gate.clock,
    journal: gate.journal,
    dayRows: [],
    dateOf: () => gate.clock.now().wall.date,
    wall: [face, module],
    states: () => [],
    names: new Map([
      ["reader-in", { name: "reader-in", profile: "faceterm-mqtt", reads: true }],
      ["relays", { name: "relays", profile: "waveshare-modbus-relay", reads: false }],
    ]),
    inputs: [{ lane: "in", role: "loop-inner", where: "relays DI3", activeLow: false, debounceMs: 20 }],
    outputs: [
      { lane: "in", command: "open", where: "relays DO1", pulseMs: 300 },
      { lane: "in", command: "close", where: "relays DO2", pulseMs: 300 },
    ],
  });
  const booth = openBooth({
    plan: gate.plan,
    gate: { id: "g", name: "g" },
    simulation: true,
    loop: gate.loop,
    journal: gate.journal,
    dayRows: [],
    clock: gate.clock,
    whitelist: () => ({ find: () => undefined }),
    reasons: () => [{ zh: "访客", en: "Visitor" }],
    utcOffsetMin: () => 480,
    devices: () => [],
    deviceNames: new Map(),
    health: () => ({ alive: true, ready: true, why: [] }),
  });
  late.booth = booth;
  late.bench = bench;
  const app = buildHttp({
    desk: booth,
    bench,
    now: () => gate.clock.at(),
    assets: tmpdir(),
    host: "127.0.0.1",
    simulation: true,
    metricsText: async () => "",
  });
  onTestFinished(() => app.close());
  const own = { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" };
  const view = async () => (await app.inject({ url: "/api/v1/bench", headers: own })).json();
  const post = (url: string, payload: Readonly<Record<string, unknown>>) =>
    app.inject({ method: "POST", url: `/api/v1/bench/${url}`, headers: own, payload });
  async function pulse(order: string, more: Readonly<Record<string, unknown>> = {}) {
    const { tick } = await view();
    const answer = await post("pulses", { id: randomUUID(), tick, sinceTickMs: 0, lane: "in", order, ...more });
    return answer.json();
  }
  const kinds = () =>
    gate.journal
      .latest(50)
      .toReversed()
      .filter(({ kind }) => ["override", "move", "refusal"].includes(kind))
      .map(({ kind, open }) => `${kind} ${String(open.order ?? open.command ?? open.why)}`);
  return { ...gate, app, bench, booth, own, view, post, pulse, kinds, face, module };
}

it("a pulse is a named person's order: its row before the move, and the guard is asked for no reason", async () => {
  const { pulse, kinds, moves, booth, journal, view } = openAt();
  expect(await pulse("open")).toMatchObject({ recorded: true });
  expect(kinds()).toEqual(["override open", "move open"]);
  expect(moves).toEqual(["in open"]);
  const row = journal.latest(50).find(({ kind }) => kind === "override");
  expect(row?.open).toMatchObject({ from: "technician-page", by: "岗亭", order: "open" });
  expect(booth.rows(50).find(({ kind }) => kind === "override")?.sentence.zh).toBe("岗亭试输出：开门");
  expect(booth.view().shift.openings).toEqual([]);
  expect((await view()).bench.tried).toMatchObject([{ lane: "in", command: "open", by: "岗亭" }]);
});

it("while the arm isn't at rest it is asked once more; a close onto something is refused even so", async () => {
  const { pulse, moves, loop, clock, kinds } = openAt();
  await pulse("open");
  loop.sense("in", "limit-closed", "off");
  loop.sense("in", "limit-open", "on");
  clock.to(clock.now().at + 2_000);
  expect(await pulse("close")).toMatchObject({ code: "not-at-rest", status: 409 });
  loop.sense("in", "loop-inner", "on");
  expect(await pulse("close", { sure: true })).toMatchObject({ code: "not-clear", status: 409 });
  loop.sense("in", "loop-inner", "unknown");
  expect(await pulse("close", { sure: true })).toMatchObject({ code: "not-clear" });
  expect(moves).toEqual(["in open"]);
  loop.sense("in", "loop-inner", "off");
  expect(await pulse("close", { sure: true })).toMatchObject({ recorded: true });
  expect(moves).toEqual(["in open", "in close"]);
  expect(kinds().filter((one) => one.startsWith("refusal"))).toEqual(["refusal not-clear", "refusal not-clear"]);
});

it("a tap that is old, or comes twice, moves nothing more; so does one for a lane or a word that isn't there", async () => {
  const { post, view, moves, clock, pulse } = openAt();
  const { tick } = await view();
  const tap = { id: randomUUID(), tick, sinceTickMs: 0, lane: "in", order: "open" };
  const first = (await post("pulses", tap)).json();
  expect(first).toMatchObject({ recorded: true });
  expect((await post("pulses", tap)).json()).toEqual(first);
  expect(moves).toEqual(["in open"]);
  clock.to(clock.now().at + 10_000);
  expect((await post("pulses", { ...tap, id: randomUUID(), sure: true })).json().code).toBe("tap-expired");
  expect((await pulse("open", { lane: "nowhere" })).code).toBe("lane-unknown");
  expect((await pulse("lock-open")).code).toBe("INPUT_INVALID");
  expect(moves).toEqual(["in open"]);
});

it("counts edges and bounces of each contact", async () => {
  const { bench, view, clock } = openAt();
  const step = (ms: number, level: "on" | "off" | "unknown") => {
    clock.to(clock.now().at + ms);
    bench.sensed("in", "loop-inner", level);
  };
  step(0, "off");
  step(1_000, "on");
  step(20, "off");
  step(20, "on");
  step(500, "unknown");
  step(500, "on");
  step(500, "off");
  expect((await view()).bench.inputs[0]).toMatchObject({ level: "off", edges: 4, bounces: 2, laneName: "in" });
});

it("measures the travel of one cycle by the contacts and proposes, changing nothing", async () => {
  const { pulse, loop, clock, view } = openAt();
  await pulse("open");
  clock.to(clock.now().at + 300);
  loop.sense("in", "limit-closed", "off");
  await view();
  clock.to(clock.now().at + 2_600);
  loop.sense("in", "limit-open", "on");
  expect((await view()).bench.travels[0]).toMatchObject({ openMs: 2_900, travelMs: 6_000 });
  expect((await view()).bench.travels[0].proposedMs).toBeUndefined();
  await pulse("close", { sure: true });
  loop.sense("in", "limit-open", "off");
  await view();
  clock.to(clock.now().at + 3_100);
  loop.sense("in", "limit-closed", "on");
  expect((await view()).bench.travels[0]).toMatchObject({ openMs: 2_900, closeMs: 3_100, proposedMs: 5_000 });
});

const REC = {
  operator: "RecPush",
  info: {
    customId: "R-0417",
    personId: "3",
    RecordID: "51000",
    VerifyStatus: "1",
    PersonType: "0",
    similarity1: "91.000000",
    personName: "Ines Okafor",
    facesluiceId: "2107466",
    telnum: "13800138000",
    time: "2026-11-25 11:40:13",
    pic: `data:image/jpeg;base64,${"A".repeat(400)}`,
  },
};
function recOf(device: WallDevice, info: Readonly<Record<string, unknown>> = {}) {
  const payload = new TextEncoder().encode(JSON.stringify({ ...REC, info: { ...REC.info, ...info } }));
  const heard = { via: "message", topic: "mqtt/face/2107466/Rec", payload } as const;
  const reading = device.reader.read(heard, { utcOffsetMin: 480, params: device.params, newId: randomUUID });
  return { heard, reading };
}

it("what a device said is shown without name, id, number or picture; ten of it, and none of a large one", async () => {
  const { bench, app, own, face, module } = openAt();
  for (let n = 0; n < 9; n++) bench.heardRaw("reader-in", recOf(face).heard, recOf(face).reading);
  const large = recOf(face, { pic: "A".repeat(40_000) });
  bench.heardRaw("reader-in", large.heard, large.reading);
  const small = recOf(face);
  bench.heardRaw("reader-in", small.heard, small.reading);
  const answer = await app.inject({ url: "/api/v1/bench/devices/reader-in/heard", headers: own });
  const { heard } = answer.json();
  expect(heard).toHaveLength(10);
  expect(heard.at(-1)).toMatchObject({
    via: "message",
    where: "mqtt/face/2107466/Rec",
    bytes: small.heard.payload.length,
  });
  expect(heard.at(-1).raw).toContain('"operator":"RecPush"');
  expect(heard.at(-1).raw).toContain('"time":"2026-11-25 11:40:13"');
  expect(heard.at(-1).raw).toContain('"personId":"▒▒(1)"');
  expect(heard.at(-2).raw).toMatch(/^▒▒\(\d+\)$/);
  expect(heard.at(-1).fields).toContainEqual(["value", "▒▒(6)"]);
  expect(answer.body).not.toMatch(/Okafor|R-0417|51000|13800138000|AAAA/);
  // Bytes that are no frame are explained, byte by byte, by the profile's framing.
  const bytes = Uint8Array.of(0xef, 0xaa, 0x00, 0x00, 0x02, 0x01, 0x02, 0x55);
  const fault = { code: "bad-checksum", where: "7", message: "the sum is wrong" } as const;
  bench.heardRaw("module", { via: "bytes", bytes }, { is: "fault", fault });
  const [broken] = bench.heard("module") ?? [];
  expect(broken?.fault?.code).toBe("bad-checksum");
  expect(broken?.notes.some(({ fits }) => !fits)).toBe(true);
  expect((await app.inject({ url: "/api/v1/bench/devices/nobody/heard", headers: own })).json().code).toBe(
    "device-unknown",
  );
  expect(module.id).toBe("module");
});

it("a credential is followed from the reader to the disk, and the read is decided as without it", async () => {
  const people = [resident("zhao", { type: "card", value: "0005913727" })];
  const { bench, post, view, loop, clock, face, journal } = openAt(people);
  expect((await post("trials", { reader: "relays" })).json().code).toBe("device-unknown");
  expect((await post("trials", { reader: "reader-in" })).statusCode).toBe(201);
  expect(bench.view().trial).toMatchObject({ is: "waiting", steps: [] });
  clock.to(clock.now().at + 5_000);
  const report = { is: "presented", claim: { type: "card", value: "0005913727" }, live: true } as const;
  const origin = { device: "reader-in", epoch: 1, retained: false, redelivered: false, beforeConnection: false };
  const { heard } = recOf(face);
  loop.hear(origin, report);
  bench.heardRaw("reader-in", heard, { is: "read", kind: "card", reports: [report], answers: [] });
  await view();
  bench.commanded("in", "open", "done");
  await durable(journal, journal.latest(1)[0]?.seq ?? 0);
  const trial = await until(() => (bench.view().trial?.is === "over" ? bench.view().trial : undefined));
  expect(trial.steps.map(({ is, good }) => [is, good])).toEqual([
    ["heard", true],
    ["decoded", true],
    ["decided", true],
    ["moved", true],
    ["outcome", true],
    ["recorded", true],
  ]);
  expect(JSON.stringify(trial)).not.toMatch(/0005913727|zhao/);

  // Refused: with its reason, and the gate stays.
  await post("trials", { reader: "reader-in" });
  const strange = { is: "presented", claim: { type: "card", value: "0009999999" }, live: true } as const;
  loop.hear(origin, strange);
  bench.heardRaw("reader-in", heard, { is: "read", kind: "card", reports: [strange], answers: [] });
  const refused = await until(() => (bench.view().trial?.is === "over" ? bench.view().trial : undefined));
  expect(refused.steps.map(({ is, good }) => [is, good])).toEqual([
    ["heard", true],
    ["decoded", true],
    ["decided", false],
    ["moved", true],
    ["recorded", true],
  ]);

  // Nothing comes: it is over after 30 s, and what comes later is not taken for it.
  await post("trials", { reader: "reader-in" });
  clock.to(clock.now().at + 30_001);
  loop.hear(origin, strange);
  bench.heardRaw("reader-in", heard, { is: "read", kind: "card", reports: [strange], answers: [] });
  expect(bench.view().trial).toMatchObject({ is: "over", steps: [] });
});
