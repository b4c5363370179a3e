/** The configuration as the technician's page shows it. */
import { expect, it } from "vitest";
import { veiledConfig } from "../../src/config/veiled.ts";

it("keeps every word and line but secrets, and shows nothing of what it can't read", () => {
  const yaml = `# the booth
site: { id: a, name: 测试小区 }
mqtt:
  external: { url: mqtts://gate:hunter2@broker, passwordFile: /etc/gatepost/p }
devices:
  - id: x # first
    mqtt: { password: "hunter3", username: x }
    osdp: { key: |
      hunter4
      hunter5 }
tokens: [hunter6, 12345]
`.replace(" { key: |\n      hunter4\n      hunter5 }", "\n      key: |\n        hunter4\n        hunter5");
  const shown = veiledConfig(yaml);
  expect(shown).not.toMatch(/hunter|12345/);
  for (const kept of ["# the booth", "测试小区", "passwordFile: /etc/gatepost/p", "username: x", "# first", "@broker"])
    expect(shown).toContain(kept);
  expect(veiledConfig("a: [")).toBe("");
  expect(veiledConfig("plain: true\n")).toBe("plain: true\n");
});
