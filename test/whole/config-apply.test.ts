/** Another configuration comes into force, or doesn't and the one of before is back: the built program, kept by a shell as systemd keeps it. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { houseAt } from "../../src/cli/house.ts";
import { gateSays } from "../../src/cli/in-force.ts";
import { configDiffWork, configStatusWork } from "../../src/cli/work-config.ts";
import { configApplyWork } from "../../src/cli/work-config-apply.ts";
import { configSha256 } from "../../src/config/fingerprint.ts";
import { GOOD_FILE } from "../../src/config/last-good.ts";
import { freePort, openPlace, type Place, type Running, top, until } from "./place.ts";
import { storedRows } from "./site.ts";

let place: Place;
let service: Running;
let taken: Server;
let page: string;
let first: string;
let config: string;
let env: NodeJS.ProcessEnv;
const house = houseAt(top);

/** What systemd does for the unit: begins it again whenever it ends, and counts that. */
const KEEPER = `n=0; echo 0 > restarts
while :; do
  node "$PROGRAM" start --config "$CONFIG" & echo $! > pid; wait $!
  n=$((n + 1)); echo $n > restarts.tmp; mv restarts.tmp restarts; sleep 0.1
done`;
const SYSTEMCTL = `#!/bin/sh
cd "$PLACE"
case "$*" in
  *ActiveState*) echo active ;;
  *NRestarts*) cat restarts ;;
  restart*) kill "$(cat pid)" || true ;;
esac
`;

const yaml = (port: number, command: string, name: string) => `page: { port: ${port} }
site: { id: test, name: 测试小区 }
gate: { id: main, name: 正门 }
dataDir: data
mqtt: { embedded: { host: 127.0.0.1, port: 0 } }
clock: { trust: trusted }
devices:
  - { id: face-in, profile: faceterm-mqtt, mqtt: { passwordFile: pw }, params: { deviceId: "2107466" }, purpose: 测试用的人脸终端 }
lanes:
  - id: walk
    kind: pedestrian
    name: ${name}
    outputs: { open: { device: face-in, command: ${command} } }
    times: { accessMs: 1000 }
    accessPoints: [{ id: walk-in, direction: in, readers: [face-in] }]
accessLevels: [{ id: residents, accessPoints: all }]
`;

beforeAll(async () => {
  place = openPlace();
  taken = createServer((socket) => socket.end());
  await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
  place.write("pw", "not-a-default-7f21\n");
  const port = await freePort();
  page = `http://127.0.0.1:${port}`;
  first = yaml(port, "unlock", "人行门");
  config = place.write("gate.yaml", first);
  chmodSync(place.write(join("bin", "systemctl"), SYSTEMCTL), 0o755);
  env = { ...process.env, PLACE: place.dir, PATH: `${join(place.dir, "bin")}:${process.env.PATH}` };
  const program = join(top, "dist", "gatepost.cjs");
  service = place.run("sh", ["-c", KEEPER], { PROGRAM: program, CONFIG: config });
  await until(async () => (await gateSays(page))?.ready, 60_000, service.printed);
});
afterAll(async () => {
  await service.stop("SIGKILL");
  if (existsSync(join(place.dir, "pid"))) spawnSync("kill", ["-9", lies("pid").trim()]);
  taken.close();
  await place.leave();
});

const lies = (name: string) => readFileSync(join(place.dir, name), "utf8");
const status = () => configStatusWork(house, { configPath: config }, env);
async function applied(which: { readonly file?: string; readonly back?: true }, agreed = true) {
  const seen: string[] = [];
  const told = await configApplyWork(
    house,
    { configPath: config, ...which, unit: "gatepost", waitS: 60 },
    async ({ changes }) => {
      seen.push(...changes.map(({ part, path }) => `${part} ${path}`));
      return agreed;
    },
    { env, staysMs: 200 },
  );
  return { ...told, seen };
}

test("a good one comes into force, one that can't start doesn't, and rollback goes one step back", async () => {
  const second = first.replace("accessMs: 1000", "accessMs: 2000").replace("人行门", "东门");
  const offered = place.write(join("data", "gate.yaml.offered"), second);
  expect(await status()).toMatchObject({ is: "in-force", ready: true, sha256: configSha256(first) });
  expect(await applied({}, false)).toMatchObject({ outcome: "declined" });
  expect(lies("gate.yaml")).toBe(first);

  expect(await applied({})).toMatchObject({
    outcome: "in-force",
    file: offered,
    seen: ["wires lanes[walk].times.accessMs", "rest lanes[walk].name"],
  });
  expect([lies("gate.yaml"), lies("gate.yaml.previous")]).toEqual([second, first]);
  expect(await gateSays(page)).toMatchObject({ config: { sha256: configSha256(second), standsIn: false } });
  expect(await applied({})).toMatchObject({ outcome: "same" });
  const isTold = () => storedRows(place).some(({ kind, open }) => kind === "config" && open.inForce === true);
  await until(isTold, 20_000, service.printed);

  // Sound for `check`, and it can't start: its page's port is another program's.
  const address = taken.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const bad = place.write("bad.yaml", second.replace(/port: \d+ }\nsite/, `port: ${port} }\nsite`));
  expect(await applied({ file: bad }), service.printed()).toMatchObject({
    outcome: "put-back",
    isBack: true,
    why: [expect.stringContaining("it ends at its start")],
  });
  expect([lies("gate.yaml"), lies("gate.yaml.previous")]).toEqual([second, first]);
  expect(await status()).toMatchObject({ is: "in-force", ready: true, sha256: configSha256(second) });

  expect(await applied({ back: true })).toMatchObject({ outcome: "in-force" });
  expect([lies("gate.yaml"), lies("gate.yaml.previous")]).toEqual([first, second]);
  const starts = storedRows(place).filter(({ kind }) => kind === "start");
  expect([starts.at(0)?.open.config, starts.at(-1)?.open.config]).toEqual([configSha256(first), configSha256(first)]);
}, 120_000);

test("one that the service alone finds broken: the last good one stands in and is ready, and that isn't taken for it", async () => {
  place.write(join("data", GOOD_FILE), first);
  const credentials = place.write(join("credentials", "pw2"), "not-a-default-7f22\n");
  const only = place.write("only.yaml", first.replace("passwordFile: pw ", "passwordFile: pw2 "));
  // From here it can be read, as by somebody with more rights; the service has no such file.
  env = { ...env, CREDENTIALS_DIRECTORY: join(credentials, "..") };
  expect(await applied({ file: only }), service.printed()).toMatchObject({
    outcome: "put-back",
    isBack: true,
    why: [expect.stringContaining("errors that only the service meets")],
  });
  expect(lies("gate.yaml")).toBe(first);
  expect(await status()).toMatchObject({ is: "in-force", ready: true });

  // A file with an error changes nothing.
  const wrong = place.write("wrong.yaml", first.replace("kind: pedestrian", "kind: pedestrain"));
  expect(await applied({ file: wrong })).toMatchObject({
    outcome: "errors",
    errors: [{ file: wrong, line: 11 }],
    seen: [],
  });
  place.write(join("data", "gate.yaml.offered"), first.replace("人行门", "西门"));
  expect(await configDiffWork(house, { configPath: config }, env)).toMatchObject({
    base: config,
    changes: [{ part: "rest", path: "lanes[walk].name", from: { zh: "人行门" }, to: { zh: "西门" } }],
  });
}, 120_000);
