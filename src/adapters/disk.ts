/** How much room the data folder's disk has. Asked in the thread pool: a hung disk holds up nobody. */
import { statfs } from "node:fs/promises";

/** Bytes that we may still write; undefined when the disk doesn't say. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined; // the journal's own state tells of a disk that is gone
  }
}
