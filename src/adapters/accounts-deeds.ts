/**
 * What `gatepost accounts` does, kept in the accounts' file by the transaction that does it and carried from there into
 * the journal, whose only writer is the running gate. A deed leaves the file when its row is on the disk, never before.
 */
import type { ConsoleDeed, DeedRows } from "../shell/accounts.ts";
import type { Connection } from "./database.ts";

/** That wait for a gate to run. The oldest gives way and is counted: nobody is kept from disabling an account. */
export const MOST_DEEDS = 1_000;
/** Rows that one look writes, so that a thousand of them hold up nothing. */
const PER_LOOK = 50;
const RETRY_MS = 10_000;
const LONGEST = 64;

export type NewDeed = Omit<ConsoleDeed, "seq" | "lost">;
export type DeedTable = ReturnType<typeof openDeeds>;

export function openDeeds(db: Connection) {
  const columns = 'seq, id, done AS doneMs, deed, account, whose, role, "by", lost';
  const after = db.prepare<[number, number], ConsoleDeed>(
    `SELECT ${columns} FROM deed WHERE seq > ? ORDER BY seq LIMIT ?`,
  );
  const insert = db.prepare(
    'INSERT INTO deed(id, done, deed, account, whose, role, "by") VALUES (@id, @doneMs, @deed, @account, @whose, @role, @by)',
  );
  const count = db.prepare<[], { readonly n: number }>("SELECT count(*) n FROM deed");
  const end = db.prepare("DELETE FROM deed WHERE id = ?");
  const lose = db.prepare("UPDATE deed SET lost = lost + ? WHERE seq = ?");
  return {
    /** In the transaction of what was done. */
    noteDeed(deed: NewDeed): void {
      insert.run({ ...deed, account: short(deed.account), whose: short(deed.whose), by: short(deed.by) });
      if ((count.get()?.n ?? 0) <= MOST_DEEDS) return;
      const [oldest, next] = after.all(0, 2);
      if (oldest === undefined || next === undefined) return;
      end.run(oldest.id);
      lose.run(oldest.lost + 1, next.seq);
    },
    /** Oldest first. */
    deedsAfter: (seq: number, most: number): readonly ConsoleDeed[] => after.all(seq, most),
    endDeed: (id: string) => void end.run(id),
  };
}

const short = (text: string): string => [...text].slice(0, LONGEST).join("");

/** One look: brings what is new to its row, and takes out what is durable there. @throws SQLite's errors */
export function carryDeeds(
  table: Pick<DeedTable, "deedsAfter">,
  rows: DeedRows,
  write: (work: (table: Pick<DeedTable, "endDeed">) => void) => boolean,
  now: () => number,
): () => void {
  let brought: readonly ConsoleDeed[] = [];
  let lastSeq = 0;
  let retryAt = Number.NEGATIVE_INFINITY;
  return () => {
    for (const deed of table.deedsAfter(lastSeq, PER_LOOK)) {
      if (!rows.write(deed)) break;
      brought = [...brought, deed];
      lastSeq = deed.seq;
    }
    // A file that doesn't let itself be written isn't waited for twice a second.
    if (now() < retryAt) return;
    const over = brought.filter(({ id }) => rows.isDurable(id));
    if (over.length === 0) return;
    const done = write((file) => {
      for (const { id } of over) file.endDeed(id);
    });
    if (done) brought = brought.filter((one) => !over.includes(one));
    else retryAt = now() + RETRY_MS;
  };
}
