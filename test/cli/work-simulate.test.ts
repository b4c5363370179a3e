// A device that can't be played says so and ends: nobody waits before a silent terminal.
import { execFile } from "node:child_process";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";

const gatepost = join(import.meta.dirname, "../../dist/gatepost.cjs");
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
