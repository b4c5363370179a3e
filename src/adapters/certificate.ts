/**
 * The page's own certificate: a small authority made on this machine, which can vouch for nothing but private addresses
 * and the names of this gate, and a leaf that is made anew before it ends. By Debian's openssl, off the event loop.
 */
import { execFile } from "node:child_process";
import { createHash, createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { GateError } from "../core/fault.ts";

const run = promisify(execFile);
const DAY_MS = 86_400_000;
/** Apple refuses server certificates of more than 825 days, whoever signed them. */
const LEAF_DAYS = 397;
const RENEW_DAYS = 30;
const LOOK_MS = 6 * 3_600_000;
/** The authority's, whatever the clock says: a Pi without a battery starts in 1970. */
const CA_FROM = Date.UTC(2026, 0, 1);
const CA_UNTIL = Date.UTC(2049, 11, 31);

export interface CertificateSettings {
  /** `<data folder>/tls`. */
  readonly folder: string;
  /** Names and addresses typed in browsers; this machine's own are added. */
  readonly names: readonly string[];
  /** In the authority's name, e.g. `xinghe east`: letters and digits. */
  readonly title: string;
  /** Wall clock, ms. */
  readonly wallMs: () => number;
  /** A renewal failed; the old one is served on, and it is tried again. */
  readonly onTrouble: (fault: GateError) => void;
}

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface Certificate {
  readonly pair: Pair;
  /** PEM. */
  readonly ca: string;
  /** SHA-256 of the authority's certificate, `AB:CD:…`. */
  readonly fingerprint: string;
  onRenewed(hear: (pair: Pair) => void): void;
  /** Looks now whether the leaf must be made anew. */
  look(): Promise<void>;
  close(): void;
}

/** @throws GateError CERTIFICATE_FAILED: openssl isn't there, or the folder can't be written */
export async function openCertificate(settings: CertificateSettings): Promise<Certificate> {
  const { folder, wallMs } = settings;
  const names = [...new Set(["localhost", "127.0.0.1", "::1", ...settings.names])];
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new GateError("CERTIFICATE_FAILED", folder, { cause });
  }
  const file = (name: string): string => join(folder, name);
  const read = (name: string): string | undefined => {
    try {
      return readFileSync(file(name), "utf8");
    } catch {
      return undefined; // made anew below
    }
  };
  let ca = read("ca.crt");
  if (ca === undefined || read("ca.key") === undefined || !covers(ca, names)) ca = await newAuthority(settings, names);
  const authority = ca;
  let pair = await currentPair();
  const hearers: ((pair: Pair) => void)[] = [];

  async function currentPair(): Promise<Pair> {
    const [cert, key] = [read("page.crt"), read("page.key")];
    const there = cert === undefined || key === undefined ? undefined : { cert, key };
    if (there !== undefined && isGood(there.cert, authority, names, wallMs())) return there;
    try {
      return await newLeaf(settings, names);
    } catch (cause) {
      // An old one is better than none.
      if (there === undefined || !(cause instanceof GateError) || !isPair(there)) throw cause;
      settings.onTrouble(cause);
      return there;
    }
  }
  async function look(): Promise<void> {
    try {
      const next = await currentPair();
      if (next.cert === pair.cert) return;
      pair = next;
      for (const hear of hearers) hear(pair);
    } catch (cause) {
      if (!(cause instanceof GateError)) throw cause;
      settings.onTrouble(cause);
    }
  }
  const looking = setInterval(() => void look(), LOOK_MS);
  looking.unref();
  return {
    get pair() {
      return pair;
    },
    ca: authority,
    fingerprint: new X509Certificate(authority).fingerprint256,
    onRenewed: (hear) => void hearers.push(hear),
    look,
    close: () => clearInterval(looking),
  };
}

/** Whether the authority may vouch for all of these names. */
function covers(ca: string, names: readonly string[]): boolean {
  return ca.startsWith(`${mark(names)}\n`);
}
/** Stands above the authority's PEM: for which names of hosts it was made. Addresses are all private ones. */
function mark(names: readonly string[]): string {
  const hosts = names.filter((name) => isIP(name) === 0).toSorted();
  return `# ${createHash("sha256").update(hosts.join(" ")).digest("hex")}`;
}

function isGood(pem: string, ca: string, names: readonly string[], wallMs: number): boolean {
  try {
    const read = new X509Certificate(pem);
    const from = Date.parse(read.validFrom);
    const until = Date.parse(read.validTo);
    // Before its first day the clock is wrong, not the certificate.
    const young = wallMs < until - RENEW_DAYS * DAY_MS || wallMs < from;
    const named = names.every((name) => (isIP(name) === 0 ? read.checkHost(name) : read.checkIP(name)) !== undefined);
    return young && named && read.verify(new X509Certificate(ca).publicKey);
  } catch {
    return false; // damaged
  }
}

function isPair({ cert, key }: Pair): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false; // damaged
  }
}

async function newAuthority(settings: CertificateSettings, names: readonly string[]): Promise<string> {
  const permitted = [
    "permitted;IP.1=10.0.0.0/255.0.0.0",
    "permitted;IP.2=172.16.0.0/255.240.0.0",
    "permitted;IP.3=192.168.0.0/255.255.0.0",
    "permitted;IP.4=127.0.0.0/255.0.0.0",
    "permitted;IP.5=169.254.0.0/255.255.0.0",
    "permitted;IP.6=fc00::/fe00::",
    "permitted;IP.7=fe80::/ffc0::",
    "permitted;IP.8=::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ...names.filter((name) => isIP(name) === 0).map((name, i) => `permitted;DNS.${i + 1}=${name}`),
    // An address that isn't private is one we were given: it alone.
    ...names.filter((name) => isIP(name) === 4).map((name, i) => `permitted;IP.${i + 20}=${name}/255.255.255.255`),
  ];
  const made = await sign(settings, {
    subject: `gatepost ${settings.title} CA`,
    extensions: [
      "basicConstraints=critical,CA:true,pathlen:0",
      "keyUsage=critical,keyCertSign",
      "subjectKeyIdentifier=hash",
      `nameConstraints=critical,@names`,
    ],
    names: permitted,
    from: CA_FROM,
    until: CA_UNTIL,
    by: "itself",
  });
  const ca = `${mark(names)}\n${made.cert}`;
  keep(settings.folder, "ca", { cert: ca, key: made.key });
  return ca;
}

async function newLeaf(settings: CertificateSettings, names: readonly string[]): Promise<Pair> {
  const now = Math.max(settings.wallMs(), CA_FROM + 2 * DAY_MS);
  const made = await sign(settings, {
    subject: `gatepost ${settings.title}`,
    extensions: [
      "basicConstraints=critical,CA:false",
      "keyUsage=critical,digitalSignature",
      "extendedKeyUsage=serverAuth",
      "subjectAltName=@names",
    ],
    names: names.map((name, i) => `${isIP(name) === 0 ? "DNS" : "IP"}.${i + 1}=${name}`),
    from: now - 2 * DAY_MS,
    until: now + LEAF_DAYS * DAY_MS,
    by: "ca",
  });
  keep(settings.folder, "page", made);
  return made;
}

/** Whole or not at all; the key first, so that a certificate never lies beside another one's key. */
function keep(folder: string, name: string, { cert, key }: Pair): void {
  try {
    for (const [end, text] of [
      ["key", key],
      ["crt", cert],
    ] as const) {
      const half = join(folder, `${name}.${end}.tmp`);
      writeFileSync(half, text, { mode: end === "key" ? 0o600 : 0o644 });
      renameSync(half, join(folder, `${name}.${end}`));
    }
  } catch (cause) {
    throw new GateError("CERTIFICATE_FAILED", folder, { cause });
  }
}

interface Wanted {
  readonly subject: string;
  readonly extensions: readonly string[];
  readonly names: readonly string[];
  readonly from: number;
  readonly until: number;
  readonly by: "itself" | "ca";
}

async function sign({ folder }: CertificateSettings, wanted: Wanted): Promise<Pair> {
  let place = folder;
  const at = (name: string): string => join(place, name);
  try {
    place = mkdtempSync(join(folder, "making-"));
    writeFileSync(at("index"), "");
    writeFileSync(at("serial"), `01${randomBytes(15).toString("hex").toUpperCase()}\n`);
    writeFileSync(at("conf"), configuration(place, wanted));
    const openssl = (...args: readonly string[]) => run("openssl", [...args], { cwd: place, timeout: 60_000 });
    await openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", at("key"));
    await openssl("req", "-new", "-config", at("conf"), "-key", at("key"), "-out", at("csr"));
    const signer =
      wanted.by === "itself"
        ? ["-selfsign", "-keyfile", at("key")]
        : ["-cert", join(folder, "ca.crt"), "-keyfile", join(folder, "ca.key")];
    const dates = ["-startdate", stamp(wanted.from), "-enddate", stamp(wanted.until)];
    const how = ["-batch", "-notext", "-config", at("conf"), "-extensions", "ext"];
    await openssl("ca", ...how, ...signer, ...dates, "-in", at("csr"), "-out", at("crt"));
    return { cert: readFileSync(at("crt"), "utf8"), key: readFileSync(at("key"), "utf8") };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GateError("CERTIFICATE_FAILED", `openssl: ${why}`, { cause });
  } finally {
    if (place !== folder) rmSync(place, { recursive: true, force: true });
  }
}

const stamp = (ms: number): string => `${new Date(ms).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;

function configuration(place: string, { subject, extensions, names }: Wanted): string {
  return [
    "[ca]",
    "default_ca=one",
    "[one]",
    `database=${join(place, "index")}`,
    `new_certs_dir=${place}`,
    `serial=${join(place, "serial")}`,
    "default_md=sha256",
    "policy=any",
    "unique_subject=no",
    "[any]",
    "commonName=supplied",
    "[req]",
    "prompt=no",
    "distinguished_name=who",
    "[who]",
    `CN=${subject.replace(/[^A-Za-z0-9 ._-]/g, "").slice(0, 64)}`,
    "[ext]",
    ...extensions,
    "[names]",
    ...names,
    "",
  ].join("\n");
}
