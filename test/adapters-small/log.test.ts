import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { openLog } from "../../src/adapters/log.ts";
import { GateError } from "../../src/core/fault.ts";

function lines(): { readonly out: Writable; readonly text: () => string } {
  let text = "";
  const out = new Writable({
    write(part, _encoding, done) {
      text += String(part);
      done();
    },
  });
  return { out, text: () => text };
}

const SECRETS = ["陈秀英", "川KD12345", "4471-9920", "cGljdHVyZQ==", "hunter2"];

const shapes: readonly (readonly [string, object])[] = [
  ["flat", { name: "陈秀英", plate: "川KD12345", cardNo: "4471-9920", picture: "cGljdHVyZQ==", password: "hunter2" }],
  ["a claim", { report: { is: "presented", claim: { type: "plate", value: "川KD12345" } } }],
  ["a holder in a list", { found: [{ holder: { id: "h1", name: "陈秀英" } }] }],
  ["snake and kebab case", { device: { card_no: "4471-9920", "picture-base64": "cGljdHVyZQ==", face_feature: 1 } }],
  [
    "an error's context, and its cause's",
    {
      err: new GateError("INPUT_INVALID", "row 7", {
        context: { name: "陈秀英" },
        cause: new GateError("IMPORT_INVALID", "row 7", { context: { plate: "川KD12345" } }),
      }),
    },
  ],
  ["sealed fields of a row", { row: { seq: 4, sealed: { anything: "陈秀英" } } }],
];

it.each(shapes)("nothing personal is logged: %s", (_name, fields) => {
  const { out, text } = lines();
  openLog("debug", out).info(fields, "decided");
  for (const secret of SECRETS) expect(text()).not.toContain(secret);
  expect(text()).toContain("(redacted)");
  expect(JSON.parse(text())).toMatchObject({ level: "info", msg: "decided" });
});

it("what is needed to replay the day stays", () => {
  const { out, text } = lines();
  const fields = { lane: "main", event: "granted", before: "closed", after: "opening", seq: 12, ms: 0.4 };
  openLog("info", out).info(fields, "step");
  expect(JSON.parse(text())).toMatchObject(fields);
});

it("an error keeps its code, message and stack", () => {
  const { out, text } = lines();
  openLog("info", out).error({ err: new GateError("SERIAL_LOST", "gone", { context: { path: "/dev/ttyUSB0" } }) });
  const { err } = JSON.parse(text());
  expect(err).toMatchObject({ code: "SERIAL_LOST", message: "SERIAL_LOST: gone", context: { path: "/dev/ttyUSB0" } });
  expect(err.stack).toContain("log.test");
});

it("pictures and bytes that come under any other name are cut short", () => {
  const { out, text } = lines();
  const loop: Record<string, unknown> = { lane: "main" };
  loop.self = loop;
  openLog("info", out).info({ other: "A".repeat(2_000_000), raw: new Uint8Array(5_000), loop });
  expect(text().length).toBeLessThan(2_000);
  expect(text()).toContain("(5000 bytes)");
});

it("a level below the wanted one isn't written", () => {
  const { out, text } = lines();
  openLog("warn", out).info({ lane: "main" }, "quiet");
  expect(text()).toBe("");
});
