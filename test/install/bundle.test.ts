import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bareConfig, scrubber } from "../../src/cli/scrub.ts";
import { openPlace, type Place, startGate, top } from "../whole/place.ts";
import { importResidents, siteYaml } from "../whole/site.ts";

describe("a text that leaves the machine", () => {
  const scrub = scrubber(["林秀兰", "Ines Okafor", "0005913727", "川K5B38M", "R-0417"]);
  it.each([
    ["住户林秀兰进门", "住户(removed)进门"],
    ["ines okafor came", "(removed) (removed) came"],
    ['"value":"0005913727"', '"value":"(removed)"'],
    ["card00059137271", "card(removed)1"],
    ["川K5B38M 川K·5B38M", "(removed) (removed)"],
    ["a stranger's 粤BD12345 too", "a stranger's (removed) too"],
    ["call 13912345678 now", "call (removed) now"],
    ["granted at face-in, row 12, 2026-11-25T01:02:03Z", "granted at face-in, row 12, 2026-11-25T01:02:03Z"],
  ])("%s", (text, clean) => expect(scrub(text)).toBe(clean));

  it("a configuration without secrets and people, and still one", () => {
    const config = {
      page: { host: "127.0.0.1", operatorTokenFile: "secrets/token" },
      mqtt: { external: { url: "mqtt://me:hidden@broker:1883" } },
      devices: [{ id: "face-in", mqtt: { password: "hidden" }, params: { unit: 1, apiKey: "hidden", pin: 1234 } }],
    };
    const bare = JSON.stringify(bareConfig(config));
    expect(bare).not.toMatch(/hidden|1234/);
    expect(bare).toContain("secrets/token");
    expect(bare).toContain("@broker:1883");
  });
});

/** In every place where a person or a secret could come from. */
const CANARIES = [
  "林秀兰",
  "周建国",
  "0005913727",
  "川K5B38M",
  "粤BD12345",
  "canary-secret-of-the-terminal",
  "canary-comment",
  "data:image/jpeg",
  "测试岗亭员",
];

describe("the bundle of a gate", () => {
  let place: Place;
  const yaml = siteYaml({
    mqtt: "{ embedded: { host: 127.0.0.1, port: 0 } }",
    relays: "/dev/no-such-line",
    passwordFile: "pw",
  });
  beforeAll(async () => {
    place = openPlace();
    place.write("pw", "canary-secret-of-the-terminal\n");
    place.write("gate.yaml", yaml);
    await importResidents(place);
    // What journald would give: our lines, systemd's, and what nobody foresaw.
    const lines = [
      { level: "info", msg: "step", effects: ["decided granted at face-in"], name: "周建国", who: "测试岗亭员" },
      {
        level: "warn",
        msg: "林秀兰 at 川K5B38M",
        err: { message: "card 0005913727" },
        picture: "data:image/jpeg;base64,AA",
      },
    ];
    const log = [
      ...lines.map((line) => JSON.stringify(line)),
      "a stray line about 林秀兰",
      "Started gatepost.service.",
    ].join("\n");
    const fake = place.write("bin/journalctl", `#!/bin/sh\ncat <<'LOG'\n${log}\nLOG\n`);
    chmodSync(fake, 0o755);
  }, 60_000);
  afterAll(() => place.leave());

  it("has what helps, and no canary", async () => {
    const gate = await startGate(place, `# canary-comment 粤BD12345\n${yaml}`, {}, "healthz");
    const file = join(place.dir, "bundle.tar.gz");
    const args = [join(top, "dist/gatepost.cjs"), "bundle", file, "--config", join(place.dir, "gate.yaml")];
    const env = { PATH: `${place.dir}/bin:${process.env.PATH}`, GATEPOST_PAGE_PORT: new URL(gate.page).port };
    const running = place.run(process.execPath, args, env);
    expect(await running.ended, running.printed()).toBe(0);
    execFileSync("tar", ["-C", place.dir, "-xzf", file]);
    const folder = join(place.dir, "gatepost-bundle");
    expect(readdirSync(folder).sort()).toEqual([
      "config.json",
      "doctor.json",
      "log.jsonl",
      "metrics.txt",
      "readyz.json",
      "versions.json",
    ]);
    const text = (name: string) => readFileSync(join(folder, name), "utf8");
    expect(text("metrics.txt")).toContain("gatepost_build_info");
    expect(text("doctor.json")).toContain("SERIAL_MISSING");
    expect(text("log.jsonl")).toContain("decided granted at face-in");
    expect(text("log.jsonl")).toContain("Started gatepost.service");
    const all = readdirSync(folder).map(text).join("\n");
    for (const canary of CANARIES) expect(all).not.toContain(canary);
  }, 60_000);
});
