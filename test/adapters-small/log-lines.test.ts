/** The log's newest lines in memory, for the technician's page. */
import { expect, it } from "vitest";
import { openLog } from "../../src/adapters/log.ts";
import { openLogLines } from "../../src/adapters/log-lines.ts";

it("keeps what was written, redacted, the newest 500, and never the set-up code", () => {
  const lines = openLogLines();
  const log = openLog("info", { write: () => undefined }, lines.keep);
  log.warn({ setupCode: "ABCD-EFGH-JKMN" }, "no account yet");
  log.info({ name: "林秀兰", lane: "main" }, "step");
  log.debug("not at this level");
  expect(lines.lines()).toHaveLength(2);
  expect(lines.lines().join("\n")).not.toMatch(/ABCD|林秀兰/);
  expect(lines.lines()[1]).toContain('"lane":"main"');
  for (let n = 0; n < 600; n++) log.info({ n }, "step");
  expect(lines.lines()).toHaveLength(500);
  expect(lines.lines().at(-1)).toContain('"n":599');
});
