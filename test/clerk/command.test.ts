// The command line takes the same files as the page, through the same thread.
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utils, write } from "@e965/xlsx";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, expect, it } from "vitest";

const top = join(import.meta.dirname, "..", "..");
let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "gatepost-import-"));
  cpSync(join(top, "config", "demo.yaml"), join(dir, "gate.yaml"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function run(file: string, ...more: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  const args = [join(top, "dist", "gatepost.cjs"), "import", file, "--config", join(dir, "gate.yaml"), ...more];
  return new Promise((done) => {
    execFile(
      process.execPath,
      args,
      { env: { ...process.env, GATEPOST_DATA_DIR: join(dir, "data") } },
      (cause, out, err) => done({ code: cause === null ? 0 : Number(cause.code ?? 1), out: out + err }),
    );
  });
}

it.each(["xlsx", "biff8"] as const)(
  "%s: a preview, then written",
  async (bookType) => {
    const grid = utils.aoa_to_sheet([
      ["编号", "姓名", "车牌"],
      ["X1", "林秀兰", "川k·5b38m"],
    ]);
    const made: unknown = write(utils.book_new(grid, "a"), { type: "buffer", bookType });
    if (!(made instanceof Uint8Array)) throw new Error("no book");
    const file = join(dir, `list.${bookType}`);
    writeFileSync(file, made);
    const preview = await run(file, "--lang", "en");
    expect(preview.out).toContain("Preview only");
    const applied = await run(file, "--apply", "--allow-removals", "--lang", "en");
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.out).toContain("Written");
  },
  60_000,
);

it("a zip bomb is told as too large, and nothing is written", async () => {
  const file = join(dir, "bomb.xlsx");
  writeFileSync(
    file,
    zipSync({ "xl/bomb.xml": new Uint8Array(81 * 1024 * 1024), "a.xml": strToU8("<a/>") }, { level: 1 }),
  );
  const told = await run(file, "--apply", "--json");
  expect(told.code).toBe(1);
  expect(told.out).toContain("FILE_TOO_LARGE");
}, 60_000);
