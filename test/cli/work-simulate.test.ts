// A device that can't be played says so and ends: nobody waits before a silent terminal.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import { afterEach, expect, it } from "vitest";
import { openPty } from "../../src/adapters/pty.ts";
import { houseAt } from "../../src/cli/house.ts";
import { simulateWork } from "../../src/cli/work-simulate.ts";
import type { SimulateOptions } from "../../src/cli/works.ts";
import { until } from "../whole/place.ts";

const gatepost = join(import.meta.dirname, "../../dist/gatepost.cjs");
const tried = (name: string) => join(import.meta.dirname, `../decode/tried/${name}.json`);
const house = houseAt(join(import.meta.dirname, "../.."));
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function simulate(...args: string[]): Promise<{ readonly code: number | undefined; readonly err: string }> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      [gatepost, "simulate", ...args],
      { timeout: 20_000 },
      (_cause, _out, err) => done({ code: child.exitCode ?? undefined, err }),
    );
  });
}

/** A broker that refuses every login: CONNACK 5, not authorised. */
function refusing(): Promise<number> {
  return new Promise((done) => {
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", () => socket.end(Buffer.from([0x20, 0x02, 0x00, 0x05])));
    });
    servers.push(server);
    server.listen(0, "127.0.0.1", () => {
      const at = server.address();
      done(typeof at === "object" && at !== null ? at.port : 0);
    });
  });
}

it("a serial port that isn't there ends it with 1", async () => {
  const { code, err } = await simulate(
    "ascii-line-reader",
    "--link",
    join(tmpdir(), "gatepost-no-such-port"),
    "--value",
    "1",
  );
  expect(code).toBe(1);
  expect(err).toContain("SERIAL_UNAVAILABLE");
}, 30_000);

it("a broker that refuses the password ends it with 1, and tells why", async () => {
  const link = `mqtt://127.0.0.1:${await refusing()}`;
  for (const profile of ["faceterm-mqtt", "vzenith-mqtt"]) {
    const { code, err } = await simulate(
      profile,
      "--link",
      link,
      "--username",
      "a",
      "-p",
      "deviceId=1",
      "--value",
      "1",
    );
    expect(code).toBe(1);
    expect(err).toMatch(/BROKER_UNREACHABLE.*Not authorized/s);
  }
}, 60_000);

/** A broker that counts who comes. */
async function broker() {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    aedes.handle(socket);
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  const heard: { readonly topic: string; readonly text: string }[] = [];
  aedes.on("publish", ({ topic, payload }, client) => {
    if (client !== null) heard.push({ topic, text: String(payload) });
  });
  const link = `mqtt://127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`;
  return { aedes, link, heard, came: () => sockets.size };
}

const asked = (profile: string, link: string, more: Partial<SimulateOptions>): SimulateOptions => ({
  profile,
  link,
  count: 1,
  everyMs: 0,
  values: [],
  params: {},
  ...more,
});

it("a profile that was just written is played by its file: one connection, the person and the device asked for", async () => {
  const { aedes, link, heard, came } = await broker();
  // As soon as it is there, the gate tells it to open.
  aedes.on("subscribe", () => {
    const payload = Buffer.from(JSON.stringify({ cmd: "open", msgId: "n-5", payload: '{"tuer":1}' }));
    aedes.publish(
      { cmd: "publish", topic: "beispiel/BT7000777/down", payload, qos: 0, dup: false, retain: false },
      () => undefined,
    );
  });
  const said: string[] = [];
  const result = await simulateWork(
    house,
    asked(tried("beispiel-terminal"), link, { params: { deviceId: "BT7000777" }, values: ["R-0417"], now: true }),
    ({ en }) => said.push(en),
  );
  expect(came()).toBe(1);
  expect(result).toMatchObject({ sent: 1, commands: 1 });
  expect(said).toContain("was told to open");
  const [reply, record] = ["open_ack", "rec"].map((cmd) => heard.find(({ text }) => text.includes(`"cmd":"${cmd}"`)));
  expect(record?.topic).toBe("beispiel/BT7000777/up");
  expect(record?.text).toContain("R-0417");
  expect(reply?.text).toContain('"msgId":"n-5"');
  await new Promise<void>((done) => aedes.close(() => done()));
}, 30_000);

it.each([
  ["faceterm-mqtt", "R-0417"],
  ["vzenith-mqtt", "川K12345"],
])(
  "%s connects once",
  async (profile, value) => {
    const { aedes, link, heard, came } = await broker();
    await simulateWork(house, asked(profile, link, { params: { deviceId: "1" }, values: [value] }), () => undefined);
    expect(came()).toBe(1);
    expect(heard.length).toBeGreaterThan(0);
    await new Promise<void>((done) => aedes.close(() => done()));
  },
  30_000,
);

it("a serial profile by its file plays its good samples, and never the bad ones", async () => {
  const pty = openPty();
  const bytes: number[] = [];
  pty.onBytes((chunk) => bytes.push(...chunk));
  const { sent } = await simulateWork(
    house,
    asked(tried("beispiel-reader"), pty.path, { count: 3, everyMs: 20 }),
    () => undefined,
  );
  expect(sent).toBe(3);
  const hex = await until(() => {
    const text = Buffer.from(bytes).toString("hex").toUpperCase();
    return text.includes("0209002101") && text.endsWith("CD4C03") && text; // the third good one is the last
  });
  pty.close();
  expect(hex).not.toContain("0210220020656C43");
}, 30_000);

it.each<[string, Partial<SimulateOptions>, string]>([
  ["beispiel-reader", { values: ["04A2"] }, "leave --value out"],
  ["beispiel-terminal", {}, "speaks mqtt"],
])("%s on a link that it can't be played on so", async (name, more, told) => {
  const pty = openPty();
  await expect(simulateWork(house, asked(tried(name), pty.path, more), () => undefined)).rejects.toThrow(told);
  pty.close();
});

it("a file that isn't there, and a barrier wired by contacts, are told apart", async () => {
  const played = (profile: string) => simulateWork(house, asked(profile, "/dev/null", {}), () => undefined);
  await expect(played("profiles/none.json")).rejects.toThrow("PROFILE_UNKNOWN: ENOENT");
  await expect(played("dry-contact-barrier")).rejects.toThrow("wired by contacts");
});
