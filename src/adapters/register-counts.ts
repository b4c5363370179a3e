/** How much is kept of people, counted over the whole list: for the impact assessment. Numbers only. */
import type { FacesHeld, Held } from "../core/impact.ts";
import type { CredentialType } from "../core/terms.ts";
import type { ConsentFile } from "./consents.ts";
import type { OpenedWhitelist } from "./whitelist.ts";
import { GONE } from "./whitelist-people.ts";

export interface Counted {
  /** Without what isn't the register's: pictures, rows. */
  readonly held: Omit<Held, "pictures" | "rows">;
  readonly faces: FacesHeld;
}

interface People {
  readonly people: number;
  readonly left_list: number;
  readonly households: number;
  readonly phone_ends: number;
  readonly visitors: number;
  readonly barred: number;
}

const PEOPLE = `SELECT count(*) FILTER (WHERE origin = 'list') people,
  count(*) FILTER (WHERE origin = 'list' AND coalesce(blocked_why, '') LIKE '${GONE}%') left_list,
  count(DISTINCT household) FILTER (WHERE origin = 'list') households, count(phone_end) phone_ends,
  count(*) FILTER (WHERE origin = 'pass') visitors, count(*) FILTER (WHERE origin = 'barred') barred FROM holder`;
// A visitor's digits come and go with the pass, and are counted as one.
const CREDENTIALS = `SELECT c.type, count(*) n FROM credential c JOIN holder h ON h.id = c.holder
  WHERE h.origin <> 'pass' OR c.type NOT IN ('pin', 'code') GROUP BY c.type`;
const FACES = `SELECT c.holder, c.value, EXISTS (SELECT 1 FROM credential o WHERE o.holder = c.holder AND o.type <> 'face') other
  FROM credential c JOIN holder h ON h.id = c.holder WHERE c.type = 'face' AND h.origin = 'list'`;

/** @throws GateError DATABASE_… */
export function countsOf(
  whitelist: Pick<OpenedWhitelist, "within">,
  ledger: Pick<ConsentFile, "consentOf" | "counted" | "withdrawn">,
): Counted {
  const { rows, guarded } = ledger.counted();
  return whitelist.within((db) => {
    const people = db.prepare<[], People>(PEOPLE).get();
    const types = new Map(
      db
        .prepare<[], { readonly type: CredentialType; readonly n: number }>(CREDENTIALS)
        .all()
        .map(({ type, n }) => [type, n]),
    );
    const faces = db
      .prepare<[], { readonly holder: string; readonly value: string; readonly other: number }>(FACES)
      .all();
    const of = (type: CredentialType): number => types.get(type) ?? 0;
    const holders = new Set(faces.map(({ holder }) => holder));
    const agreeing = (value: string): boolean => ledger.consentOf(value) === "recorded";
    const missing = new Set(faces.filter(({ value }) => !agreeing(value)).map(({ holder }) => holder));
    const inUse = new Set(faces.map(({ value }) => value));
    return {
      held: {
        people: people?.people ?? 0,
        left: people?.left_list ?? 0,
        households: people?.households ?? 0,
        phoneEnds: people?.phone_ends ?? 0,
        plates: of("plate"),
        cards: of("card"),
        faces: of("face"),
        pins: of("pin"),
        codes: of("code"),
        visitors: people?.visitors ?? 0,
        barred: people?.barred ?? 0,
        consents: rows,
      },
      faces: {
        people: holders.size,
        agreed: holders.size - missing.size,
        withdrawn: ledger.withdrawn().size,
        guarded: guarded.filter((face) => inUse.has(face) && agreeing(face)).length,
        otherWay: new Set(faces.filter(({ other }) => other === 1).map(({ holder }) => holder)).size,
      },
    };
  });
}
