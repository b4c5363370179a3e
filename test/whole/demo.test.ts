/** What a stranger does first: `npm start`, open the page, paste the line that it prints. */
import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, openPlace, type Place, type Running, top, until } from "./place.ts";
import { storedRows } from "./site.ts";

const gatepost = join(top, "dist", "gatepost.cjs");

describe("the demonstration", () => {
  let place: Place;
  let demo: Running;
  let url: string;

  beforeAll(async () => {
    place = openPlace();
    const [page, mqtt] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${page}`;
    demo = place.run(process.execPath, [gatepost, "demo", "--seed", "7", "--quiet-street"], {
      GATEPOST_PAGE_PORT: String(page),
      GATEPOST_MQTT_PORT: String(mqtt),
      GATEPOST_DATA_DIR: join(place.dir, "data"),
    });
    await until(() => demo.printed().includes("mosquitto_pub"), 15_000, demo.printed);
  });
  afterAll(() => place.leave());

  const rows = () => storedRows(place);

  test("says where the page is; health, readiness, numbers and the page answer there", async () => {
    expect(demo.printed()).toContain(url);
    await until(() => fetch(`${url}/readyz`).then((answer) => answer.ok));
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("gatepost_");
    expect(await (await fetch(url)).text()).toContain("门岗");
  });

  test("the line it prints lets a resident in, as it stands; said of a stranger it is refused with the reason", async () => {
    const line = /^ *(mosquitto_pub .*)$/m.exec(demo.printed())?.[1] ?? "";
    execFileSync("sh", ["-c", line]);
    const granted = await until(() => rows().find((row) => row.kind === "decision"));
    expect(granted.open).toMatchObject({ outcome: "granted", reader: "face-in" });
    await until(() => rows().some((row) => row.kind === "passage" && row.lane === granted.lane), 15_000);
    execFileSync("sh", ["-c", line.replace("R-0417", "R-9999").replace("$(date +%s)", "77")]);
    const denied = await until(() => rows().find((row) => row.open.outcome === "denied"));
    expect(denied.open).toMatchObject({ reason: "credential-not-found" });
  });

  test("its face terminals are filled by our list: in the page's view and in the numbers", {
    timeout: 60_000,
  }, async () => {
    const terminals = await until(
      async () => {
        const { view } = JSON.parse(await (await fetch(`${url}/api/v1/state`)).text());
        const all: unknown = view.terminals;
        return Array.isArray(all) && all.length === 2 && all.every((one) => one.holds > 0) && all;
      },
      45_000,
      demo.printed,
    );
    for (const one of terminals) expect(one).toMatchObject({ shouldNotHold: 0, refused: 0, unagreed: 0, lacking: 0 });
    const numbers = await (await fetch(`${url}/metrics`)).text();
    for (const device of ["face-in", "face-out"]) {
      expect(numbers).toMatch(new RegExp(`^gatepost_terminal_faces\\{device="${device}"\\} [1-9]`, "m"));
      expect(numbers).toContain(`gatepost_terminal_faces_unwanted{device="${device}"} 0`);
      expect(numbers).toContain(`gatepost_terminal_pictures_lacking{device="${device}"} 0`);
    }
  });

  test("every device of the street is there, and stays: nothing alarms a stranger who looks for a minute", {
    timeout: 90_000,
  }, async () => {
    const links = async () => (await (await fetch(`${url}/metrics`)).text()).match(/^gatepost_link_up.*$/gm) ?? [];
    await until(async () => (await links()).every((line) => line.endsWith(" 1")), 15_000);
    expect(await links()).toHaveLength(8);
    // A module that nobody stands before answers each request to look with "timeout"; three without an answer alarm.
    const verifies = Date.now() + 48_000;
    await until(async () => Date.now() > verifies || (await links()).some((line) => line.endsWith(" 0")), 60_000);
    expect((await links()).filter((line) => !line.endsWith(" 1"))).toEqual([]);
    expect(rows().filter((row) => row.kind === "alarm")).toEqual([]);
  });

  test("stops when asked", async () => {
    expect(await demo.stop("SIGTERM")).toBe(0);
  });
});

describe("a street with traffic", () => {
  const place = openPlace();
  afterAll(() => place.leave());

  test("somebody comes within seconds, is let in, and is seen to pass", { timeout: 60_000 }, async () => {
    const demo = place.run(process.execPath, [gatepost, "demo", "--seed", "7"], {
      GATEPOST_PAGE_PORT: String(await freePort()),
      GATEPOST_MQTT_PORT: String(await freePort()),
      GATEPOST_DATA_DIR: join(place.dir, "data"),
    });
    await until(() => demo.printed().includes("mosquitto_pub"), 15_000, demo.printed);
    await until(
      () => storedRows(place).some((row) => row.kind === "passage"),
      45_000,
      () => JSON.stringify(storedRows(place)),
    );
    expect(await demo.stop("SIGTERM")).toBe(0);
  });
});

describe("a busy port", () => {
  const place = openPlace();
  afterAll(() => place.leave());

  test.each(["GATEPOST_PAGE_PORT", "GATEPOST_MQTT_PORT"])("is one clear error that names %s", async (variable) => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const demo = place.run(process.execPath, [gatepost, "demo", "--quiet-street"], {
      GATEPOST_PAGE_PORT: String(await freePort()),
      GATEPOST_MQTT_PORT: String(await freePort()),
      GATEPOST_DATA_DIR: join(place.dir, "data"),
      [variable]: String(port),
    });
    expect(await demo.ended).toBe(1);
    expect(demo.printed()).toContain("PORT_BUSY");
    expect(demo.printed()).toContain(variable);
    expect(demo.printed()).toContain(String(port));
    expect(demo.printed()).not.toMatch(/^\s+at /m);
    taken.close();
  });
});
