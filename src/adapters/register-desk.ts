/**
 * The register's work itself, in its thread: synchronous but for reading a file, one thing after the other, on a
 * connection of its own. Every change is one transaction and one generation of the list.
 */
import type { HolderKind } from "../core/terms.ts";
import type {
  BarredAsked,
  Change,
  ConsentAsked,
  Done,
  PassAsked,
  People,
  PeopleQuery,
  PersonCells,
  PersonView,
  Preview,
  RegisterRefusal,
} from "../shell/register.ts";
import { type ConsentFile, needsGuardian } from "./consents.ts";
import { applyImport, type ImportPlan, type ImportRules, planSheet } from "./import.ts";
import { readBook } from "./import-book.ts";
import { mistakesBook } from "./import-mistakes.ts";
import { cellsOf } from "./import-person.ts";
import {
  COLUMNS,
  type Column,
  type Complaint,
  MASK,
  SECRETS,
  type Sheet,
  sheetOfLines,
  shownCell,
} from "./import-sheet.ts";
import { sheetOf } from "./import-written.ts";
import { consentsOf } from "./register-consents.ts";
import { type Finder, openFinder } from "./register-find.ts";
import { passPerson, passView } from "./register-passes.ts";
import type { OpenedWhitelist } from "./whitelist.ts";
import { type Carried, GONE, type Person, UNDO_MS, undoingOf } from "./whitelist-people.ts";

export interface RegisterRules extends Omit<ImportRules, "allowRemovals" | "withdrawn" | "levels"> {
  readonly levels: ReadonlySet<string>;
  readonly graceDays: number;
}
export interface DeskDeps {
  readonly whitelist: OpenedWhitelist;
  readonly rules: RegisterRules;
  readonly siteKey: Uint8Array;
  readonly consents: ConsentFile;
  /** The file of the terminals' receipts. */
  readonly receipts: string;
  /** What the journal says of a person, newest first. */
  readonly rowsOf: (id: string, most: number) => readonly unknown[];
}

export type RegisterDesk = ReturnType<typeof openRegisterDesk>;

const DAY_MS = 86_400_000;
const SHOWN = 200;
const MOST_PREVIEWS = 3;
const MOST_ROWS_ABOUT = 2_000;
/** The longest pass: a year and a day. */
const LONGEST_PASS_MS = 366 * DAY_MS;
const no = (why: RegisterRefusal["why"], detail?: string): RegisterRefusal =>
  detail === undefined ? { why } : { why, detail };

interface Waiting {
  readonly sheet: Sheet;
  readonly plan: ImportPlan;
  readonly edition: string;
}

export function openRegisterDesk(deps: DeskDeps) {
  const { whitelist, rules, consents: ledger } = deps;
  const previews = new Map<string, Waiting>();
  let previewed = 0;
  let read: { readonly edition: string; readonly people: readonly Person[]; readonly finder: Finder } | undefined;

  // ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────
  function all(): NonNullable<typeof read> {
    if (read?.edition === whitelist.edition) return read;
    return keep([...whitelist.people()]);
  }

  function keep(people: readonly Person[]): NonNullable<typeof read> {
    read = { edition: whitelist.edition, people, finder: openFinder(people) };
    return read;
  }

  function people({ text, shown, from, most, nowWallMs }: PeopleQuery): People {
    const found = all()
      .finder.find(text)
      .filter((person) => isShown(person, shown, nowWallMs));
    const ordered = shown === "expiring-7" || shown === "expiring-30" || shown === "expired" ? byEnd(found) : found;
    return {
      people: ordered.slice(from, from + most).map(view),
      total: ordered.length,
      graceDays: rules.graceDays,
    };
  }

  function person(id: string) {
    const found = one(id);
    if (found === undefined) return no("person-unknown");
    return { person: view(found), cells: shownCells(found), ...consents(found) };
  }
  const view = (person: Person): PersonView => viewOf(person, ledger);

  const one = (id: string): Person | undefined => all().people.find((person) => person.id === id);
  const listed = (id: string): Person | undefined => {
    const found = one(id);
    return found?.origin === undefined ? found : undefined;
  };

  // ── Changing people ──────────────────────────────────────────────────────────────────────────────────────────────
  function amend(changed: readonly Person[], what: string, { by, atWallMs }: Change): Done {
    const before = all();
    const others = othersOf(whitelist.edition);
    const generation = whitelist.amend(changed, { by, atWallMs, what });
    read = undefined;
    // Somebody else wrote meanwhile, or what was changed is a whole household's: read anew when it is asked for.
    if (others !== othersOf(whitelist.edition) || changed.some(({ spaces }) => spaces !== undefined))
      return { generation, people: changed.length };
    // The others are as they were: a list of thousands isn't read anew for one of them.
    const fresh = new Map([...whitelist.people(changed.map(({ id }) => id))].map((one) => [one.id, one]));
    const kept = before.people.map((one) => fresh.get(one.id) ?? one);
    for (const one of kept) fresh.delete(one.id);
    keep([...kept, ...fresh.values()]);
    return { generation, people: changed.length };
  }

  function owner(carried: readonly Carried[], but: string): Person | undefined {
    const keys = new Set(carried.map(({ type, value }) => `${type} ${value}`));
    return all().people.find(
      ({ id, credentials }) => id !== but && credentials.some(({ type, value }) => keys.has(`${type} ${value}`)),
    );
  }

  /** The same reading as a file's row: one set of rules for what a cell may say. */
  function save(cells: PersonCells, change: Change): Done | RegisterRefusal {
    const lines = [
      { line: 1, cells: Object.keys(cells) },
      { line: 2, cells: Object.values(cells) },
    ];
    const sheet = sheetOfLines(lines);
    const id = sheet.rows[0]?.cells.get("编号") ?? "";
    if (one(id)?.origin !== undefined) return no("credential-taken", id);
    const before = listed(id);
    const plan = planSheet(sheet, before === undefined ? [] : [before], importRules(true));
    if (plan.errors.length > 0) return { why: "has-mistakes", mistakes: plan.errors };
    const [after] = plan.people;
    if (after === undefined) return no("has-mistakes");
    const taken = owner(after.credentials, id);
    if (taken !== undefined) return no("credential-taken", nameOf(taken));
    if (plan.same > 0) return { generation: whitelist.generation, people: 0 };
    return amend([after], before === undefined ? "add" : "edit", change);
  }

  function suspend(ids: readonly string[], why: string | null, change: Change): Done | RegisterRefusal {
    const found = ids.map(listed);
    if (!found.every((person) => person !== undefined)) return no("person-unknown");
    const changed = found.map(
      ({ blockedWhy: _before, blockedBy: _whose, ...person }): Person =>
        why === null ? { ...person, blocked: false } : { ...person, blocked: true, blockedWhy: why },
    );
    return amend(changed, why === null ? "resume" : "suspend", change);
  }

  function extend(ids: readonly string[], what: "validity" | "parking", untilWallMs: number, change: Change) {
    const found = ids.map(listed);
    if (!found.every((person) => person !== undefined)) return no("person-unknown");
    const changed = found.map(
      (person): Person =>
        what === "parking" ? { ...person, parkingUntil: untilWallMs } : { ...person, validUntil: untilWallMs },
    );
    return amend(changed, `extend-${what}`, change);
  }

  // ── Import ───────────────────────────────────────────────────────────────────────────────────────────────────────
  const importRules = (allowRemovals: boolean): ImportRules => ({
    ...rules,
    allowRemovals,
    withdrawn: ledger.withdrawn(),
  });

  async function preview(file: Uint8Array): Promise<Preview> {
    const sheet = await readBook(file);
    const { edition, people: known } = all();
    const plan = planSheet(sheet, known, importRules(false));
    const id = `p${++previewed}`;
    for (const key of previews.keys()) if (previews.size >= MOST_PREVIEWS) previews.delete(key);
    previews.set(id, { sheet, plan, edition });
    return {
      id,
      counts: {
        added: plan.added.length,
        changed: plan.changed.length,
        suspended: plan.suspended.length,
        same: plan.same,
        errors: plan.wrong,
        nowhere: plan.nowhere,
      },
      added: plan.added.slice(0, SHOWN),
      changed: plan.changed.slice(0, SHOWN),
      suspended: plan.suspended.slice(0, SHOWN),
      errors: plan.errors,
      manySuspended: plan.tooManyRemovals,
    };
  }

  function apply(id: string, manySuspended: boolean, { by, atWallMs }: Change): Done | RegisterRefusal {
    const waiting = previews.get(id);
    if (waiting === undefined) return no("preview-unknown");
    const { plan, edition } = waiting;
    if (plan.errors.length > 0) return { why: "has-mistakes", mistakes: plan.errors };
    if (plan.tooManyRemovals && !manySuspended) return no("many-suspended", String(plan.suspended.length));
    if (whitelist.edition !== edition) return no("list-changed");
    const generation = applyImport({ ...plan, tooManyRemovals: false }, whitelist, by, atWallMs);
    previews.clear();
    return { generation, people: plan.added.length + plan.changed.length + plan.suspended.length };
  }

  function mistakes(id: string) {
    const waiting = previews.get(id);
    if (waiting === undefined) return no("preview-unknown");
    const { sheet } = waiting;
    const every: Complaint[] = [];
    planSheet(sheet, all().people, importRules(true), every);
    return { file: mistakesBook(sheet, every) };
  }

  function undo(generation: number, change: Change): Done | RegisterRefusal {
    const made = whitelist.history(change.atWallMs - UNDO_MS).find(({ number }) => number === generation);
    const undoing = made === undefined ? undefined : whitelist.within((db) => undoingOf(db, generation));
    if (undoing === undefined) return no("undo-unknown");
    const withdrawn = ledger.withdrawn();
    const back = undoing.people.map((person) => ({
      ...person,
      credentials: person.credentials.filter(({ type, value }) => type !== "face" || !withdrawn.has(value)),
    }));
    return { ...amend(back, `undo-${generation}`, change), kept: undoing.kept };
  }

  const history = (nowWallMs: number) => ({ generations: whitelist.history(nowWallMs - UNDO_MS) });
  const exported = () => ({ rows: [...sheetOf(all().people.filter(({ origin }) => origin === undefined))] });

  // ── Passes and the blocklist ─────────────────────────────────────────────────────────────────────────────────────
  const passes = (nowWallMs: number) => ({
    passes: all()
      .people.flatMap((person) => passView(person, nowWallMs) ?? [])
      .sort((a, b) => b.fromWallMs - a.fromWallMs),
  });

  function makePass(asked: PassAsked, change: Change) {
    const lasts = asked.untilWallMs - asked.fromWallMs;
    if (lasts <= 0 || lasts > LONGEST_PASS_MS || asked.untilWallMs <= change.atWallMs)
      return no("pass-invalid", "until");
    const levels = asked.levels ?? hostLevels(asked.household);
    if (levels.length === 0) return no("levels-needed");
    const unknown = levels.find((level) => !rules.levels.has(level));
    if (unknown !== undefined) return no("levels-needed", unknown);
    const plate = asked.plate === undefined ? undefined : carriedOf("plate", asked.plate);
    if (plate !== undefined && !rules.isPlate(plate.value)) return no("pass-invalid", "plate");
    const taken = plate === undefined ? undefined : owner([plate], "");
    if (taken !== undefined) return no("credential-taken", nameOf(taken));
    const made = passPerson(
      deps.siteKey,
      asked,
      levels,
      plate,
      (digits) => owner([carriedOf("pin", digits), carriedOf("code", digits)], "") !== undefined,
    );
    amend([made], "pass", change);
    return passView(made, change.atWallMs) ?? no("pass-invalid");
  }

  /** What lets the host in lets the visitor in. */
  function hostLevels(household: string | undefined): readonly string[] {
    if (household === undefined) return [];
    const hosts = all().people.filter((one) => one.household === household && one.origin === undefined && !one.blocked);
    return [...new Set(hosts.flatMap((host) => host.levels))];
  }

  function carriedOf(type: Carried["type"], original: string): Carried {
    return { type, original, value: type === "plate" ? rules.normalisePlate(original) : original };
  }

  function endPass(id: string, change: Change): Done | RegisterRefusal {
    const found = one(id);
    if (found?.origin !== "pass") return no("person-unknown");
    return amend([{ ...found, blocked: true, blockedWhy: GONE, credentials: [] }], "pass-end", change);
  }

  function bar(asked: BarredAsked, change: Change): Done | RegisterRefusal {
    const carried = carriedOf(asked.type, asked.value.normalize("NFKC").trim());
    if (asked.type === "plate" && !rules.isPlate(carried.value)) return no("pass-invalid", "plate");
    const taken = owner([carried], "");
    if (taken !== undefined) return no("credential-taken", nameOf(taken));
    const id = `barred-${change.atWallMs.toString(36)}-${all().people.length.toString(36)}`;
    const entry: Person = {
      id,
      name: asked.name ?? carried.value,
      kind: "visitor",
      blocked: true,
      blockedWhy: asked.why,
      slow: false,
      levels: [],
      origin: "barred",
      credentials: [carried],
    };
    return amend([entry], "bar", change);
  }

  function unbar(id: string, change: Change): Done | RegisterRefusal {
    const found = one(id);
    if (found?.origin !== "barred") return no("person-unknown");
    return amend([{ ...found, blockedWhy: GONE, credentials: [] }], "unbar", change);
  }

  // ── Consent ──────────────────────────────────────────────────────────────────────────────────────────────────────
  const consents = (person: Person) => ({
    consents: consentsOf(ledger, person.id, facesOf(person), deps.receipts),
  });

  /** For the faces on the list, or anew for those that were withdrawn, so that the list may name them again. */
  function consent({ holder, notice, how, guardian, birthYear }: ConsentAsked, { by, atWallMs }: Change) {
    const found = listed(holder);
    if (found === undefined) return no("person-unknown");
    const thisYear = new Date(atWallMs).getUTCFullYear();
    if (birthYear !== undefined && needsGuardian(birthYear, thisYear) && guardian === undefined)
      return no("guardian-needed");
    const now = facesOf(found);
    const faces = now.length > 0 ? now : [...new Set(ledger.rows(holder, []).map(({ face }) => face))];
    if (faces.length === 0) return no("no-face");
    for (const face of faces)
      ledger.record(
        {
          face,
          holder,
          notice,
          how,
          agreedBy: guardian ?? found.name,
          takenBy: by,
          ...(guardian === undefined ? {} : { guardian }),
          ...(birthYear === undefined ? {} : { birthYear }),
        },
        atWallMs,
      );
    return consents(found);
  }

  /** Withdrawn first: should the list's change fail, no file brings the face back, and it is asked for again. */
  function withdraw(holder: string, change: Change) {
    const found = listed(holder);
    if (found === undefined) return no("person-unknown");
    const faces = facesOf(found);
    if (faces.length === 0) return no("no-face");
    for (const face of faces) ledger.withdraw(face, change.by, change.atWallMs, holder);
    const credentials = found.credentials.filter(({ type }) => type !== "face");
    amend([{ ...found, credentials }], "consent-withdrawn", change);
    return consents(found);
  }

  function about(id: string) {
    const found = one(id);
    if (found === undefined) return no("person-unknown");
    return {
      about: {
        person: view(found),
        ...consents(found),
        passages: deps.rowsOf(id, MOST_ROWS_ABOUT),
      },
    };
  }

  return {
    people,
    person,
    save,
    suspend,
    extend,
    preview,
    apply,
    mistakes,
    history,
    undo,
    exported,
    passes,
    makePass,
    endPass,
    bar,
    unbar,
    consent,
    withdraw,
    about,
    close() {
      whitelist.close();
      ledger.close();
    },
  };
}

/** Of an edition, what other connections have written (`whitelist.edition`). */
const othersOf = (edition: string): string => edition.slice(edition.indexOf(" "));

const nameOf = ({ id, name, household = "" }: Person): string => `${id} ${name} ${household}`.trim();

function isShown(person: Person, shown: PeopleQuery["shown"], nowWallMs: number): boolean {
  const { origin, blocked, blockedWhy = "", validUntil, parkingUntil } = person;
  // Taken off, and kept only for the journal.
  if (origin !== undefined && person.credentials.length === 0) return false;
  if (shown === "barred") return origin === "barred";
  if (origin !== undefined) return false;
  switch (shown) {
    case "all":
      return !blockedWhy.startsWith(GONE);
    case "suspended":
      return blocked;
    case "expired":
      return !blocked && validUntil !== undefined && validUntil <= nowWallMs;
    case "expiring-7":
      return !blocked && isWithin(validUntil, nowWallMs, 7);
    case "expiring-30":
      return !blocked && isWithin(validUntil, nowWallMs, 30);
    case "parking":
      return !blocked && parkingUntil !== undefined && parkingUntil <= nowWallMs + 30 * DAY_MS;
  }
}

const isWithin = (until: number | undefined, nowWallMs: number, days: number): boolean =>
  until !== undefined && until > nowWallMs && until <= nowWallMs + days * DAY_MS;

const byEnd = (people: readonly Person[]): readonly Person[] =>
  [...people].sort((a, b) => (a.validUntil ?? 0) - (b.validUntil ?? 0));

const facesOf = ({ credentials }: Person): readonly string[] =>
  credentials.filter(({ type }) => type === "face").map(({ value }) => value);

function viewOf(person: Person, ledger: Pick<ConsentFile, "consentOf">): PersonView {
  const { credentials, origin = "list", times: _times, maxUses: _uses, blockedBy: _whose, ...plain } = person;
  const faces = facesOf(person);
  const agreed = faces.every((face) => ledger.consentOf(face) === "recorded");
  return {
    ...plain,
    origin,
    credentials: credentials.map(({ type, original, duress }) => ({
      type,
      shown: type === "pin" || duress === true ? MASK : original,
    })),
    ...(faces.length === 0 ? {} : { consent: agreed ? ("given" as const) : ("missing" as const) }),
  };
}

const KINDS: Readonly<Record<HolderKind, string>> = {
  resident: "住户",
  visitor: "访客",
  staff: "工作人员",
  courier: "快递",
  vehicle: "住户",
};

/** As a form shows them and gives them back: the columns of the file, secrets masked. */
function shownCells(person: Person): PersonCells {
  const cells = cellsOf(person);
  return Object.fromEntries(
    COLUMNS.map((column: Column) => {
      if (column === "编号") return [column, person.id];
      if (column === "类别") return [column, KINDS[person.kind]];
      const cell = cells.get(column) ?? "";
      return [column, SECRETS.has(column) ? shownCell(column, cell) : cell];
    }),
  );
}
