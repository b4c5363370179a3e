/** The page's certificate, made by the real openssl and held against Node's own reading of it. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Certificate, openCertificate } from "../../src/adapters/certificate.ts";
import { WALL } from "./place.ts";

const DAY = 86_400_000;
let folder: string;
let wall: number;
let open: Certificate[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gatepost-tls-"));
  wall = WALL;
  open = [];
});
afterEach(() => {
  for (const one of open) one.close();
  rmSync(folder, { recursive: true });
});

async function make(names: readonly string[] = ["gate.lan", "192.168.4.1"]): Promise<Certificate> {
  const troubles: string[] = [];
  const one = await openCertificate({
    folder: join(folder, "tls"),
    names,
    title: "xinghe east",
    wallMs: () => wall,
    onTrouble: ({ code }) => troubles.push(code),
  });
  open.push(one);
  expect(troubles).toEqual([]);
  return one;
}
const leafOf = ({ pair }: Certificate) => new X509Certificate(pair.cert);

describe("what is made", () => {
  it("is a leaf for these names, signed by an authority that can vouch for nothing else", async () => {
    const made = await make();
    const ca = new X509Certificate(made.ca);
    const leaf = leafOf(made);
    expect([ca.ca, leaf.ca]).toEqual([true, false]);
    expect(leaf.verify(ca.publicKey)).toBe(true);
    for (const name of ["gate.lan", "localhost"]) expect(leaf.checkHost(name)).toBe(name);
    for (const address of ["192.168.4.1", "127.0.0.1", "::1"]) expect(leaf.checkIP(address)).toBeDefined();
    expect(leaf.checkHost("elsewhere.example")).toBeUndefined();
    expect((Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / DAY).toBeLessThanOrEqual(825);
    expect(made.fingerprint).toBe(ca.fingerprint256);
    for (const name of ["ca.key", "page.key"]) expect(statSync(join(folder, "tls", name)).mode & 0o777).toBe(0o600);
  });

  it("is the same after a restart", async () => {
    const first = await make();
    const second = await make();
    expect([second.pair, second.ca]).toEqual([first.pair, first.ca]);
  });

  it("lasts from the build's year on where the clock starts in 1970", async () => {
    wall = 0;
    const made = await make();
    expect(Date.parse(leafOf(made).validFrom)).toBe(Date.UTC(2026, 0, 1));
    await made.look();
    expect(Date.parse(new X509Certificate(made.ca).validFrom)).toBe(Date.UTC(2026, 0, 1));
  });
});

describe("made anew", () => {
  it("a month before it ends, under the same authority, and told", async () => {
    const made = await make();
    const first = made.pair.cert;
    const heard: string[] = [];
    made.onRenewed(({ cert }) => heard.push(cert));
    wall += 366 * DAY;
    await made.look();
    expect(made.pair.cert).toBe(first);
    wall += 2 * DAY;
    await made.look();
    expect(heard).toEqual([made.pair.cert]);
    expect(made.pair.cert).not.toBe(first);
    expect(leafOf(made).verify(new X509Certificate(made.ca).publicKey)).toBe(true);
  });

  it("for another address without another authority; for another host name with one", async () => {
    const first = await make();
    const address = await make(["gate.lan", "192.168.4.7"]);
    expect(address.ca).toBe(first.ca);
    expect(leafOf(address).checkIP("192.168.4.7")).toBeDefined();
    const named = await make(["door.lan"]);
    expect(named.ca).not.toBe(first.ca);
    expect(leafOf(named).checkHost("door.lan")).toBe("door.lan");
  });

  it("when it is damaged", async () => {
    const first = await make();
    writeFileSync(join(folder, "tls", "page.crt"), "no certificate");
    expect((await make()).pair.cert).not.toBe(first.pair.cert);
  });
});
