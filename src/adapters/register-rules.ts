/** What the clerk's page shows beside single people: the reasons for an opening by hand, and how many have which level. */
import { REASON_BOUNDS } from "../core/reasons.ts";
import type { ReasonsView } from "../shell/register.ts";
import { type Connection, databaseFault } from "./database.ts";

/** The list as it was saved last; undefined = never, or what is there is no list. @throws GateError DATABASE_… */
export function keptReasons(db: Connection): ReasonsView | undefined {
  try {
    const made = db
      .prepare<[], { edition: number; atWallMs: number; by: string }>(
        "SELECT edition, made atWallMs, made_by by FROM reason_list ORDER BY edition DESC LIMIT 1",
      )
      .get();
    if (made === undefined) return undefined;
    const all = db
      .prepare<[], { zh: string; en: string; retired: number }>("SELECT zh, en, retired FROM reason ORDER BY place")
      .all();
    const those = (retired: number) => all.filter((one) => one.retired === retired).map(({ zh, en }) => ({ zh, en }));
    const reasons = those(0);
    if (reasons.length < REASON_BOUNDS.fewest) return undefined;
    const { edition, ...change } = made;
    return { edition, reasons, retired: those(1), made: change };
  } catch (cause) {
    throw databaseFault(cause, db.name);
  }
}

/** In one transaction, on the disk when it returns. @throws GateError DATABASE_… */
function keepReasons(db: Connection, list: Required<ReasonsView>): void {
  const write = db.prepare<[string, string, number]>("INSERT INTO reason(zh, en, retired) VALUES (?, ?, ?)");
  try {
    db.transaction(() => {
      db.exec("DELETE FROM reason; DELETE FROM reason_list");
      db.prepare("INSERT INTO reason_list(edition, made, made_by) VALUES (?, ?, ?)").run(
        list.edition,
        list.made.atWallMs,
        list.made.by,
      );
      for (const { zh, en } of list.reasons) write.run(zh, en, 0);
      for (const { zh, en } of list.retired) write.run(zh, en, 1);
    }).immediate();
  } catch (cause) {
    throw databaseFault(cause, db.name);
  }
}

/** How many of the list that aren't suspended have each access level; passes and the blocklist don't count. @throws GateError DATABASE_… */
function holders(db: Connection): Readonly<Record<string, number>> {
  try {
    const counts = new Map<string, number>();
    const groups = db.prepare<[], { levels: string; n: number }>(
      "SELECT levels, count(*) n FROM holder WHERE origin = 'list' AND blocked = 0 GROUP BY levels",
    );
    for (const { levels, n } of groups.all())
      for (const level of levels.split("\n")) counts.set(level, (counts.get(level) ?? 0) + n);
    return Object.fromEntries(counts);
  } catch (cause) {
    throw databaseFault(cause, db.name);
  }
}

export type RulesDesk = ReturnType<typeof openRulesDesk>;

export function openRulesDesk(file: { within<T>(act: (db: Connection) => T): T }) {
  return {
    holders: () => ({ holders: file.within(holders) }),
    keepReasons: (list: Required<ReasonsView>) => file.within((db) => keepReasons(db, list)),
  };
}
