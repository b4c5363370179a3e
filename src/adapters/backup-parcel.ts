/** A backup's inside: files one after the other, each behind a line of JSON that says its place and size. */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { GateError } from "../core/fault.ts";

export interface Parcelled {
  /** `data/journal.sqlite`, `config/gate.yaml`, `config/secrets/face-in`. */
  readonly path: string;
  /** Where it lies now. */
  readonly file: string;
}

/** No way out of the folder it is unpacked in. */
const path = z.string().regex(/^(data|config)(\/[A-Za-z0-9_][A-Za-z0-9._@+-]*){1,8}$/);
const headSchema = z.strictObject({ path, size: z.int().min(0) });
const LONGEST_HEAD = 4_096;

export async function* parcel(files: readonly Parcelled[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const { path, file } of files) {
    const { size } = await stat(file);
    yield Buffer.from(`${JSON.stringify(headSchema.parse({ path, size }))}\n`, "utf8");
    if (size === 0) continue;
    let sent = 0;
    for await (const chunk of createReadStream(file, { end: size - 1 })) {
      sent += chunk.length;
      yield chunk;
    }
    if (sent !== size) throw new GateError("BACKUP_REFUSED", `${file} became shorter while it was copied`);
  }
}

/** Unpacks into `folder`; what it held, by path. @throws GateError BACKUP_DAMAGED */
export async function unparcel(plain: AsyncIterable<Uint8Array>, folder: string): Promise<readonly string[]> {
  const bytes = openBytes(plain[Symbol.asyncIterator]());
  const paths: string[] = [];
  for (;;) {
    const line = await bytes.line();
    if (line === undefined) return paths;
    const head = headOf(line);
    const file = join(folder, head.path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await pipeline(bytes.take(head.size), createWriteStream(file, { mode: 0o600, flags: "wx" }));
    paths.push(head.path);
  }
}

function headOf(line: string): z.output<typeof headSchema> {
  try {
    return headSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new GateError("BACKUP_DAMAGED", "a file in it has no place", { cause });
  }
}

function openBytes(source: AsyncIterator<Uint8Array>) {
  let held: Uint8Array = new Uint8Array();
  async function more(): Promise<boolean> {
    const next = await source.next();
    if (next.done === true) return false;
    held = held.length === 0 ? next.value : Buffer.concat([held, next.value]);
    return true;
  }
  const ended = () => new GateError("BACKUP_DAMAGED", "it ends in the middle of a file");
  return {
    async line(): Promise<string | undefined> {
      while (!held.includes(0x0a)) {
        if (held.length > LONGEST_HEAD) throw ended();
        if (await more()) continue;
        if (held.length > 0) throw ended();
        return undefined;
      }
      const at = held.indexOf(0x0a);
      const line = Buffer.from(held.subarray(0, at)).toString("utf8");
      held = held.subarray(at + 1);
      return line;
    },
    async *take(size: number): AsyncGenerator<Uint8Array, void, undefined> {
      for (let left = size; left > 0; ) {
        if (held.length === 0 && !(await more())) throw ended();
        const part = held.subarray(0, left);
        held = held.subarray(part.length);
        left -= part.length;
        yield part;
      }
    },
  };
}
