/** Certificates made for one test: an authority, another one, and a server's for its address or for a name alone. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export interface Pem {
  readonly cert: string;
  readonly key: string;
}

export function certificates() {
  const dir = mkdtempSync(join(tmpdir(), "gatepost-pem-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const read = (name: string): Pem => ({
    cert: readFileSync(join(dir, `${name}.pem`), "utf8"),
    key: readFileSync(join(dir, `${name}.key`), "utf8"),
  });
  const authority = (name: string) => {
    openssl(
      "req",
      "-x509",
      ...key,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.pem`,
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
    );
    return read(name).cert;
  };
  const signed = (name: string, subject: string) => {
    writeFileSync(join(dir, `${name}.cnf`), `subjectAltName=${subject}\n`);
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", "/CN=terminal");
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, "-extfile", `${name}.cnf`, ...by);
    return read(name);
  };
  const [ca, otherCa] = [authority("ca"), authority("other-ca")];
  return {
    ca,
    otherCa,
    byAddress: signed("address", "IP:127.0.0.1"),
    byName: signed("name", "DNS:terminal.lan"),
    here: signed("here", "DNS:localhost"),
  };
}
