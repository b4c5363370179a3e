/** The page beyond this machine, on the real service: its names and its operator token come from gate.yaml and a file. */
import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { afterAll, expect, test } from "vitest";
import { openPlace, serialPair, startGate } from "./place.ts";
import { siteYaml, storedRows, watchBoard } from "./site.ts";

const TOKEN = "Kd93-qPz71-wLm04";
const place = openPlace();
afterAll(() => place.leave());

interface Asked {
  readonly method?: "GET" | "POST";
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** As a browser on another machine would ask: the name it was given stands in Host. */
function ask(page: string, path: string, asked: Asked): Promise<{ status: number; text: string; cookie: string }> {
  const host = asked.host ?? "gate.lan";
  const own = { host, origin: `http://${host}`, ...asked.headers };
  const json = asked.body === undefined ? {} : { "content-type": "application/json" };
  return new Promise((done, fail) => {
    const sent = request(
      `${page}${path}`,
      { method: asked.method ?? "GET", headers: { ...own, ...json } },
      (answer) => {
        const cookie = (answer.headers["set-cookie"] ?? []).join().split(";")[0] ?? "";
        let text = "";
        answer.on("data", (chunk: Buffer) => {
          text += chunk.toString("utf8");
        });
        answer.on("end", () => done({ status: answer.statusCode ?? 0, text, cookie }));
      },
    );
    sent.on("error", fail);
    sent.end(asked.body === undefined ? undefined : JSON.stringify(asked.body));
  });
}

test("a tablet enters with the token and opens the gate; nobody else reads or moves anything", {
  timeout: 60_000,
}, async () => {
  const relays = await serialPair(place, "relays");
  const board = await watchBoard(relays.theirs);
  place.write("secrets/operator-token", `${TOKEN}\n`);
  // 127.0.0.1 in a form that gatepost doesn't count as this machine: beyond loopback by its rules, and still on it.
  const page = '{ host: "::ffff:127.0.0.1", hosts: [gate.lan], operatorTokenFile: secrets/operator-token }';
  const yaml = siteYaml({
    mqtt: "{ embedded: { port: 0 } }",
    relays: relays.ours,
    passwordFile: place.write("face-in.password", "not-a-default-7f21\n"),
  });
  const gate = await startGate(place, `page: ${page}\n${yaml}`);
  const status = async (path: string, asked: Asked) => (await ask(gate.page, path, asked)).status;

  expect(await status("/", {})).toBe(200);
  expect(await status("/", { host: "elsewhere.example" })).toBe(421);
  expect(await status("/api/v1/state", {})).toBe(401);
  expect(await status("/api/v1/state", { headers: { authorization: "Bearer 0123456789abcdef" } })).toBe(401);

  const entered = await ask(gate.page, "/api/v1/operator", { method: "POST", body: { token: TOKEN } });
  expect(entered.status).toBe(204);
  const headers = { cookie: entered.cookie };
  const state = await ask(gate.page, "/api/v1/state", { headers });
  expect(state.status).toBe(200);
  const tick: unknown = JSON.parse(state.text).tick;
  const order = { order: "open", id: randomUUID(), tick, sinceTickMs: 0 };
  const path = "/api/v1/lanes/walk/orders";
  expect(await status(path, { method: "POST", body: order })).toBe(401);
  expect(await status(path, { method: "POST", body: order, headers: { ...headers, origin: "http://evil" } })).toBe(403);
  expect(board.writes()).toEqual([]);
  const opened = await ask(gate.page, path, { method: "POST", body: order, headers });
  expect([opened.status, opened.text]).toEqual([200, expect.stringContaining('"recorded":true')]);
  expect(await gate.running.stop()).toBe(0);
  expect(board.writes().length).toBe(1);
  const by = storedRows(place).filter((row) => row.kind === "override");
  expect(by.map((row) => [row.lane, row.open.order, row.open.by])).toEqual([["walk", "open", "操作员"]]);
  expect(gate.running.printed()).not.toContain(TOKEN);
});

test("a page open to the network without a name doesn't start, and says what to write", async () => {
  const page = "page: { host: 0.0.0.0, operatorTokenFile: secrets/operator-token }";
  const yaml = `${page}\n${siteYaml({ mqtt: "{ embedded: { port: 0 } }", relays: "/dev/null" })}`;
  await expect(startGate(place, yaml)).rejects.toThrow("page.hosts");
});
