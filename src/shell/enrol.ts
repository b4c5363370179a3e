/**
 * Keeps the faces in the terminals as our list wants them. Runs beside the way from report to relay and never on it: its
 * list is read in slices, its rows are written without a sync, its commands go beside what moves something. Before a face
 * is sent, that it may be there is on the disk: a removal is never forgotten.
 */
import { GateError } from "../core/fault.ts";
import { type Holdings, type Next, nextFor, type Wanted } from "../core/roster.ts";
import { type Answer, answered, EMPTY, marked, sent, woken } from "../core/roster-receipts.ts";
import type { AlarmKind, Millis } from "../core/terms.ts";
import type { RosterCommand } from "../decode/roster.ts";
import type { ReadContext } from "../decode/terms.ts";
import type { Answered } from "./conversation.ts";
import type { TerminalView } from "./desk.ts";
import type { Devices } from "./devices.ts";
import {
  agreedFaces,
  breath,
  type EnrolTerminal,
  isLocal,
  markedFaces,
  readFaces,
  type Times,
  unagreedAt,
  wantedAt,
} from "./enrol-list.ts";
import { changedReceipts, countsOf, rowsOf, standingOf, stuckIn } from "./enrol-told.ts";
import type { Clock, Consents, Entry, FaceHolder, FaceList, OnHand, Pictures, Receipts } from "./ports.ts";

export interface EnrolDeps extends Times {
  readonly terminals: readonly EnrolTerminal[];
  readonly clock: Clock;
  readonly list: FaceList;
  readonly consents: Consents;
  /** Nobody's face goes into a terminal without one. A withdrawn one counts in any case. */
  readonly consentRequired: boolean;
  readonly receipts: Receipts;
  readonly pictures: Pictures;
  readonly devices: Pick<Devices, "converse" | "states">;
  readonly utcOffsetMin: () => number;
  readonly keepPictures: boolean;
  /** A picture that not every terminal has taken goes after this long. */
  readonly pictureMs: number;
  readonly note: (entry: Omit<Entry, "now">) => void;
  readonly raise: (alarm: AlarmKind, detail: string) => void;
  readonly calm: (alarm: AlarmKind) => void;
  readonly onFault: (fault: GateError) => void;
}

export interface Enrolment {
  /** How each terminal stands to our list; cheap to ask. */
  states(): readonly Omit<TerminalView, "name">[];
  close(): void;
}

interface Kept extends EnrolTerminal {
  holdings: Holdings;
  wanted: ReadonlyMap<string, Wanted> | undefined;
  /** Of those on our list, how many are enrolled at the device itself. */
  locals: number;
  /** Of those it might hold, how many gave no consent. */
  unagreed: number;
  busy: boolean;
  online: boolean;
  nextAt: Millis;
  /** Nothing was due with these; looked at again when they change, or a wait may be over. */
  idle:
    | { readonly holdings: Holdings; readonly wanted: ReadonlyMap<string, Wanted>; readonly until: Millis }
    | undefined;
  /** What was last told, of which holdings. */
  told:
    | { readonly holdings: Holdings; readonly wanted: Kept["wanted"]; readonly view: Omit<TerminalView, "name"> }
    | undefined;
}

/** Before our list was first read nothing can be said of a terminal. */
const UNKNOWN = { receipts: EMPTY.receipts, others: 0 };
const TICK_MS = 500;
const LOOK_MS = 3_000;
const IDLE_MS = 5_000;
/** Validities end without anybody changing the list. */
const READ_AGAIN_MS = 600_000;
const AFTER_FAULT_MS = 60_000;
/** A picture may come before the list that has its person. */
const UNCLAIMED_MS = 600_000;
/** How long a removal's receipt stays with the face's id; its row in the journal stays longer. */
const RECEIPT_MS = 30 * 86_400_000;

export function openEnrolment(deps: EnrolDeps): Enrolment {
  const { clock, receipts, pictures } = deps;
  const stored = receipts.load();
  const kept = deps.terminals.map(
    (terminal): Kept => ({
      ...terminal,
      holdings: {
        ...EMPTY,
        receipts: stored.get(terminal.device)?.receipts ?? EMPTY.receipts,
        others: stored.get(terminal.device)?.others ?? 0,
        ...(terminal.roster.rule.list === undefined ? {} : { listDueAt: 0 }),
      },
      wanted: undefined,
      locals: 0,
      unagreed: 0,
      busy: false,
      online: false,
      nextAt: 0,
      idle: undefined,
      told: undefined,
    }),
  );
  let people: readonly FaceHolder[] = [];
  let read: { readonly edition: string; readonly at: Millis } | undefined;
  // What the wanted faces were last computed from.
  let compared = "";
  let faces: ReadonlyMap<string, string> = new Map();
  let facesOf: readonly FaceHolder[] | undefined;
  let looking = false;
  let lookAt: Millis = 0;
  let alarmed = "";
  let closed = false;
  let callOff: (() => void) | undefined;

  // ── What they should hold ────────────────────────────────────────────────────────────────────────────────────────
  async function look(): Promise<void> {
    looking = true;
    try {
      const edition = `${deps.list.edition} ${deps.consents.edition}`;
      if (read?.edition !== edition || clock.at() - read.at > READ_AGAIN_MS) {
        const found = await readFaces(deps.list, clock);
        if (found !== undefined) {
          people = await agreedFaces(found, deps.consents, deps.consentRequired, clock);
          read = { edition, at: clock.at() };
        }
      }
      if (read !== undefined && !closed) await compare();
    } catch (cause) {
      deps.onFault(worldly(cause));
    }
    looking = false;
    lookAt = clock.at() + LOOK_MS;
  }

  async function compare(): Promise<void> {
    const found = await pictures.onHand(clock.now().wall.epochMs);
    const newest = new Map<string, OnHand>();
    for (const one of [...found].sort((a, b) => a.sinceMs - b.sinceMs)) newest.set(one.mark, one);
    if (found.length > 0 && facesOf !== people) {
      faces = await markedFaces(people, pictures, clock);
      facesOf = people;
    }
    const key = `${read?.at} ${[...newest.values()].map((one) => `${one.mark}-${one.picture}`).join()}`;
    if (key !== compared) await compareAll(newest);
    compared = key;
    const { wall } = clock.now();
    for (const one of found) if (!closed && isSpent(one, newest, faces.get(one.mark), wall)) await spend(one);
  }

  async function compareAll(newest: ReadonlyMap<string, OnHand>): Promise<void> {
    const onHand = new Map(
      [...newest.values()].flatMap((one) => {
        const face = faces.get(one.mark);
        return face === undefined ? [] : [[face, one] as const];
      }),
    );
    const locals = people.filter(({ face }) => isLocal(face)).length;
    for (const one of kept) {
      // What was opened after us, and is closed before, isn't there any more.
      if (closed) return;
      const now = clock.now();
      one.wanted = wantedAt(one, people, onHand, now.wall, deps);
      one.locals = locals;
      one.unagreed = unagreedAt(people, one.wanted).length;
      one.told = undefined;
      change(one, marked(one.holdings, one.wanted, now));
      forgetOld(one, now.wall.epochMs);
      await breath(clock);
    }
    if (!closed) alarm();
  }

  function isSpent(
    one: OnHand,
    newest: ReadonlyMap<string, OnHand>,
    face: string | undefined,
    wall: { readonly epochMs: number; readonly trust: string },
  ): boolean {
    const age = wall.epochMs - one.sinceMs;
    if (newest.get(one.mark)?.picture !== one.picture) return true;
    if (face === undefined) return age > UNCLAIMED_MS;
    if (deps.keepPictures) return false;
    if (wall.trust !== "untrusted" && age > deps.pictureMs) return true;
    const wanting = kept.filter(({ wanted }) => wanted?.has(face) === true && wanted.get(face)?.keep !== true);
    return (
      wanting.length > 0 &&
      wanting.every(({ holdings }) => {
        const receipt = holdings.receipts.get(face);
        return receipt?.held === "yes" && receipt.picture === one.picture;
      })
    );
  }

  /** Not before the receipts that make it superfluous are on the disk. */
  async function spend(one: OnHand): Promise<void> {
    await receipts.settled();
    await pictures.drop(one);
  }

  function forgetOld(one: Kept, wallMs: number): void {
    const old = [...one.holdings.receipts.values()].filter(
      ({ face, held, wallMs: at }) => held === "no" && wallMs - at > RECEIPT_MS && one.wanted?.has(face) !== true,
    );
    if (old.length === 0) return;
    receipts.forget(
      one.device,
      old.map(({ face }) => face),
    );
    const left = new Map(one.holdings.receipts);
    for (const { face } of old) left.delete(face);
    one.holdings = { ...one.holdings, receipts: left };
  }

  /** Kept in the file first: what can't be written hasn't happened. @throws GateError */
  function change(one: Kept, holdings: Holdings): void {
    const changed = changedReceipts(one.holdings, holdings);
    if (changed.length > 0) receipts.save(one.device, changed);
    one.holdings = holdings;
  }

  function alarm(): void {
    const { epochMs } = clock.now().wall;
    const told = kept
      .map(({ device, holdings, wanted, locals }) => ({
        device,
        count: wanted === undefined ? 0 : stuckIn(holdings, wanted, locals, epochMs),
      }))
      .filter(({ count }) => count > 0)
      .map(({ device, count }) => `${device}: ${count}`)
      .join(", ");
    if (told === alarmed) return;
    alarmed = told;
    if (told === "") deps.calm("face-not-removed");
    else deps.raise("face-not-removed", told);
  }

  // ── One command after the other ──────────────────────────────────────────────────────────────────────────────────
  async function carryOut(one: Kept, next: Next): Promise<void> {
    const before = one.holdings;
    const { wanted } = one;
    try {
      const picture = await pictureFor(next);
      if (picture === "gone") {
        lookAt = 0;
        return;
      }
      change(one, sent(one.holdings, next, clock.now()));
      await receipts.settled();
      if (closed) return;
      const answer = await ask(one, next, picture);
      if (closed) return;
      change(one, answered(one.holdings, next, answer, clock.now()));
      if (next.do === "list") receipts.listed(one.device, one.holdings.others, clock.now().wall.epochMs);
      for (const row of rowsOf(one.device, before, one.holdings, wanted ?? new Map())) deps.note(row);
      alarm();
      one.nextAt = clock.at() + one.roster.rule.paceMs;
    } catch (cause) {
      deps.onFault(worldly(cause));
      one.nextAt = clock.at() + AFTER_FAULT_MS;
    } finally {
      one.busy = false;
    }
  }

  async function pictureFor(next: Next): Promise<string | undefined> {
    if (next.do === "list" || next.do === "remove" || next.person.picture === undefined) return undefined;
    const { face, picture } = next.person;
    return (await pictures.read({ mark: pictures.markOf(face), picture })) ?? "gone";
  }

  async function ask(one: Kept, next: Next, picture: string | undefined): Promise<Answer> {
    const ctx: ReadContext = { utcOffsetMin: deps.utcOffsetMin(), params: {}, newId: () => "" };
    try {
      let answer: Answer = { is: "uncertain" };
      for (const { command, args, anyway } of commandsFor(one, next, picture, ctx)) {
        answer = answerOf(one, command, await deps.devices.converse(one.device, command, args));
        if (answer.is === "uncertain" || (answer.is === "refused" && anyway !== true)) return answer;
      }
      return answer;
    } catch (cause) {
      const fault = worldly(cause);
      // The person's data don't fit the terminal's command: told as a refusal, with our own code.
      if (fault.code === "INPUT_INVALID") return { is: "refused", code: "unfit", means: "mend" };
      return { is: "uncertain" };
    }
  }

  // ── The round ────────────────────────────────────────────────────────────────────────────────────────────────────
  function tick(): void {
    const at = clock.at();
    if (!looking && at >= lookAt) void look();
    const states = new Map(deps.devices.states().map((state) => [state.id, state]));
    for (const one of kept) {
      const state = states.get(one.device);
      const online = state !== undefined && state.link.is === "up" && !state.offline && state.heardAt !== undefined;
      // Back, and perhaps reset or exchanged meanwhile.
      if (online && !one.online) one.holdings = woken(one.holdings, at);
      one.online = online;
      if (!online || one.busy || one.wanted === undefined || at < one.nextAt) continue;
      const { holdings, wanted, idle } = one;
      if (idle?.holdings === holdings && idle.wanted === wanted && at < idle.until) continue;
      const next = nextFor(wanted, holdings, one.roster.most, at);
      one.idle = next === undefined ? { holdings, wanted, until: at + IDLE_MS } : undefined;
      if (next === undefined) continue;
      one.busy = true;
      void carryOut(one, next);
    }
    callOff = clock.wakeAt(at + TICK_MS, tick);
  }
  tick();

  function view(one: Kept): Omit<TerminalView, "name"> {
    const { holdings, wanted } = one;
    if (one.told?.holdings !== holdings || one.told.wanted !== wanted) {
      const standing = standingOf(wanted ?? new Map(), wanted === undefined ? UNKNOWN : holdings, one.locals);
      one.told = {
        holdings,
        wanted,
        view: { ...countsOf(one.device, standing, one.unagreed), ...(wanted === undefined ? { inStep: false } : {}) },
      };
    }
    return one.told.view;
  }

  return {
    states: () => kept.map(view),
    close() {
      closed = true;
      callOff?.();
    },
  };
}

/** @throws what is no fault of the world: our own bug */
function worldly(cause: unknown): GateError {
  if (cause instanceof GateError) return cause;
  throw cause;
}

function commandsFor(
  { roster }: EnrolTerminal,
  next: Next,
  picture: string | undefined,
  ctx: ReadContext,
): readonly RosterCommand[] {
  switch (next.do) {
    case "remove":
      return [roster.remove(next.faces, ctx)];
    case "list":
      return [{ command: roster.rule.list?.command ?? "", args: {} }];
    case "add":
      return roster.add(next.person, picture ?? "", ctx);
    case "change":
      return roster.change(next.person, picture, ctx);
  }
}

function answerOf({ roster }: EnrolTerminal, command: string, { outcome, reply }: Answered): Answer {
  if (reply === undefined || outcome === "uncertain") return { is: "uncertain" };
  const told = roster.told(reply, command);
  if (outcome === "failed") return { is: "refused", code: told.code ?? "—", means: roster.meaning(told.code).means };
  const failed = Object.entries(told.failed).map(
    ([face, code]) => [face, { code, means: roster.meaning(code).means }] as const,
  );
  const { held, others } = told;
  return {
    is: "done",
    failed: new Map(failed),
    ...(held === undefined ? {} : { held }),
    ...(others === undefined ? {} : { others }),
  };
}
