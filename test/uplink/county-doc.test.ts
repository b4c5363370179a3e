// What docs/county.md tells a platform's engineer to type makes commands that the gate takes.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openCommandKeys } from "../../src/adapters/commands-keys.ts";
import { readClaims, readEnvelope } from "../../src/uplink/command-read.ts";
import { top } from "../whole/place.ts";
import { publicPem } from "./signer.ts";

const samples = join(top, "docs", "contract", "samples");
const text = readFileSync(join(top, "docs", "county.md"), "utf8");
const block = (language: string, having: string): string => {
  const found = [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, code]) => code ?? "");
  const one = found.find((code) => code.includes(having));
  if (one === undefined) throw new Error(`no ${language} block with ${having}`);
  return one;
};

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-county-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  copyFileSync(join(samples, "county-private.pem"), join(dir, "county-private.pem"));
  copyFileSync(join(samples, "command-remote-open.json"), join(dir, "command.json"));
  return dir;
}

it("with node: byte by byte the sample", () => {
  const dir = folder();
  writeFileSync(
    join(dir, "sign.mjs"),
    `${block("js", "createPrivateKey")}
process.stdout.write(command(JSON.parse(readFileSync("command.json", "utf8"))));\n`,
  );
  const made = execFileSync(process.execPath, ["sign.mjs"], { cwd: dir, encoding: "utf8" });
  expect(`${made}\n`).toBe(readFileSync(join(samples, "command-remote-open.jws"), "utf8"));
});

it("with openssl: a good signature over the same claims", () => {
  const dir = folder();
  execFileSync("sh", ["-ec", block("sh", "pkeyutl")], { cwd: dir });
  const envelope = readEnvelope(readFileSync(join(dir, "command.jws")));
  if (envelope === undefined) throw new Error("no command");
  const keys = openCommandKeys(new Map([["county", publicPem("county")]]));
  expect(keys.verify(envelope.key, envelope.signed, envelope.signature)).toBe("good");
  expect(readClaims(envelope.claims)).toEqual({
    is: "command",
    command: JSON.parse(readFileSync(join(dir, "command.json"), "utf8")),
  });
});
