/** What goes back goes back: also where the disk takes no new file any more once the next configuration is laid down. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { houseAt } from "../../src/cli/house.ts";
import { configApplyWork } from "../../src/cli/work-config-apply.ts";
import { freePort, top } from "../whole/place.ts";

const yaml = (port: number, name: string) => `page: { port: ${port} }
site: { id: test, name: 测试小区 }
gate: { id: main, name: ${name} }
dataDir: data
mqtt: { embedded: { host: 127.0.0.1, port: 0 } }
devices:
  - { id: face-in, profile: faceterm-mqtt, mqtt: { passwordFile: pw }, params: { deviceId: "2107466" }, purpose: 测试用的人脸终端 }
lanes:
  - id: walk
    kind: pedestrian
    name: 人行门
    outputs: { open: { device: face-in, command: unlock } }
    times: { accessMs: 1000 }
    accessPoints: [{ id: walk-in, direction: in, readers: [face-in] }]
accessLevels: [{ id: residents, accessPoints: all }]
`;

it("a disk that is full by then: the one of before comes back from where it was kept", async () => {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-apply-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "pw"), "not-a-default-7f21\n", { mode: 0o600 });
  const config = join(dir, "gate.yaml");
  const before = yaml(await freePort(), "正门");
  writeFileSync(config, before);
  const file = join(dir, "new.yaml");
  writeFileSync(file, yaml(await freePort(), "东门"));
  mkdirSync(join(dir, "bin"));
  const systemctl = join(dir, "bin", "systemctl");
  // From the first restart on nothing more can be written beside gate.yaml; no gate ever answers.
  const script = `#!/bin/sh
case "$*" in
  *ActiveState*) echo active ;;
  *NRestarts*) echo 0 ;;
  restart*) echo restart >> "${dir}/restarts"; ln -sfn /nowhere/at/all "${config}.tmp" ;;
esac
`;
  writeFileSync(systemctl, script);
  chmodSync(systemctl, 0o755);
  const env = { ...process.env, PATH: `${join(dir, "bin")}:${process.env.PATH}` };
  const options = { configPath: config, file, unit: "gatepost", waitS: 1 };
  const told = await configApplyWork(houseAt(top), options, async () => true, { env, staysMs: 50 });
  expect(told).toMatchObject({ outcome: "put-back", isBack: false });
  expect(readFileSync(config, "utf8")).toBe(before);
  expect(readFileSync(join(dir, "restarts"), "utf8")).toBe("restart\nrestart\n");
});
