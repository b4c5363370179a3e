// What runs at a gate, package by package with its hash, as CycloneDX 1.5: npm's own list of the lock file, without what
// differs from one run to the next, so that the package that carries it stays the same bytes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @param top the repository; @param epoch seconds since 1970, the moment it tells. Needs no network and no `node_modules`. */
export function sbom(top, epoch) {
  // npm calls the product by its folder's name.
  const place = mkdtempSync(join(tmpdir(), "gatepost-sbom-"));
  try {
    const read = (file) => JSON.parse(readFileSync(join(top, file), "utf8"));
    const { scripts: _, devDependencies: __, ...told } = read("package.json");
    const lock = read("package-lock.json");
    // `--omit dev` leaves out what a tool may also use (yaml, which Vite can read): the tools go before npm looks.
    const { devDependencies: ___, ...root } = lock.packages[""];
    const kept = Object.entries(lock.packages).filter(([path, one]) => path !== "" && one.dev !== true);
    const packages = { "": root, ...Object.fromEntries(kept) };
    writeFileSync(join(place, "package.json"), JSON.stringify(told));
    writeFileSync(join(place, "package-lock.json"), JSON.stringify({ ...lock, packages }));
    const args = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"];
    const text = execFileSync("npm", args, { cwd: place, encoding: "utf8", maxBuffer: 1 << 26 });
    const { serialNumber: _number, metadata, ...rest } = JSON.parse(text);
    const { tools: _tools, timestamp: _now, component, ...about } = metadata;
    const timestamp = new Date(epoch * 1000).toISOString();
    const made = { ...about, timestamp, component: { ...component, type: "application", name: told.name } };
    return `${JSON.stringify({ ...rest, metadata: made }, null, 1)}\n`;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
