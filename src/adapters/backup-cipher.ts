/**
 * A backup's outside: scrypt turns the passphrase into keys, AES-256-GCM seals what comes by in a stream. The header says
 * how, and is sealed too; a wrong passphrase is told apart from damage before anything is read.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { GateError } from "../core/fault.ts";

const MAGIC = Buffer.from("GATEPOST-BACKUP\n", "latin1");
const VERSION = 1;
const TAG_BYTES = 16;
/** version, log2 N, r, p; salt 16, nonce 12, check 16. */
const AT = { version: 16, cost: 17, salt: 20, nonce: 36, check: 48, end: 64 } as const;
/** 64 MB and a second on a Pi: what a guess costs. */
const COST = { logN: 16, r: 8, p: 1 } as const;

function keysOf(passphrase: string, header: Buffer): { readonly key: Buffer; readonly check: Buffer } {
  const [logN = 0, r = 0, p = 0] = header.subarray(AT.cost, AT.salt);
  // A forged header must not make us fill the memory.
  if (logN < 10 || logN > 20 || r !== COST.r || p !== COST.p) throw damaged("its header asks for the impossible");
  const options = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r };
  const both = scryptSync(passphrase.normalize("NFC"), header.subarray(AT.salt, AT.nonce), 64, options);
  const check = createHmac("sha256", both.subarray(32)).update(header.subarray(0, AT.check)).digest();
  return { key: both.subarray(0, 32), check: check.subarray(0, AT.end - AT.check) };
}

const damaged = (why: string) => new GateError("BACKUP_DAMAGED", why);

/** Writes it under another name and renames it when it is whole and on the disk. @throws GateError BACKUP_REFUSED */
export async function sealTo(file: string, passphrase: string, plain: AsyncIterable<Uint8Array>): Promise<void> {
  const half = `${file}.tmp`;
  const header = Buffer.alloc(AT.end);
  MAGIC.copy(header);
  header.set([VERSION, COST.logN, COST.r, COST.p], AT.version);
  randomBytes(16).copy(header, AT.salt);
  randomBytes(12).copy(header, AT.nonce);
  const { key, check } = keysOf(passphrase, header);
  check.copy(header, AT.check);
  const cipher = createCipheriv("aes-256-gcm", key, header.subarray(AT.nonce, AT.check));
  cipher.setAAD(header);
  let out: FileHandle | undefined;
  try {
    out = await open(half, "w", 0o600);
    await out.write(header);
    for await (const chunk of plain) await writeAll(out, cipher.update(chunk));
    await writeAll(out, Buffer.concat([cipher.final(), cipher.getAuthTag()]));
    await out.sync();
    await out.close();
    await rename(half, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    await out?.close().catch(() => undefined);
    await rm(half, { force: true });
    if (!(cause instanceof Error) || !("code" in cause) || cause instanceof GateError) throw cause;
    throw new GateError("BACKUP_REFUSED", `${file}: ${cause.message}`, { cause });
  }
}

/** A new name is on the disk only when its folder is: "made" must hold over a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const place = await open(folder, "r");
  try {
    await place.sync();
  } catch {
    // Some file systems of sticks can't; the file itself is on it.
  } finally {
    await place.close();
  }
}

async function writeAll(out: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await out.write(bytes, at)).bytesWritten;
}

/**
 * What was sealed, in a stream. Only when the stream has ended without a fault is any of it to be believed.
 * @throws GateError BACKUP_LOCKED, BACKUP_DAMAGED
 */
export async function* unseal(file: string, passphrase: string): AsyncGenerator<Uint8Array, void, undefined> {
  const { header, end } = await headerOf(file);
  const { key, check } = keysOf(passphrase, header);
  if (!timingSafeEqual(check, header.subarray(AT.check))) throw new GateError("BACKUP_LOCKED", file);
  const decipher = createDecipheriv("aes-256-gcm", key, header.subarray(AT.nonce, AT.check));
  decipher.setAAD(header);
  if (end > AT.end) {
    for await (const chunk of createReadStream(file, { start: AT.end, end: end - 1 })) yield decipher.update(chunk);
  }
  try {
    decipher.setAuthTag(await bytesAt(file, end, TAG_BYTES));
    decipher.final();
  } catch (cause) {
    throw new GateError("BACKUP_DAMAGED", `${file}: it isn't what was written`, { cause });
  }
}

async function headerOf(file: string): Promise<{ readonly header: Buffer; readonly end: number }> {
  const size = await stat(file).then(
    (found) => found.size,
    (cause: unknown) => {
      throw new GateError("BACKUP_REFUSED", `${file}: ${cause instanceof Error ? cause.message : ""}`, { cause });
    },
  );
  const header = await bytesAt(file, 0, AT.end);
  if (size < AT.end + TAG_BYTES || !header.subarray(0, MAGIC.length).equals(MAGIC))
    throw damaged(`${file}: no backup of gatepost, or its beginning is gone`);
  if (header[AT.version] !== VERSION)
    throw damaged(`${file}: form ${header[AT.version]}, this program knows ${VERSION}`);
  return { header, end: size - TAG_BYTES };
}

async function bytesAt(file: string, at: number, length: number): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await handle.read(bytes, 0, length, at);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
