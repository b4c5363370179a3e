/**
 * A gate's session with a GA/T 1400 platform (VIID over HTTP): registers, keeps alive, asks the time, and sends passages
 * from the journal by number. One question at a time, each a step that begins where the last one ended; whatever breaks
 * begins anew with registering, and reads on from its cursor. Nothing of it is ever waited for by a decision.
 */
import type { Clock, OpenRow, OpenRows, WebLine } from "../shell/ports.ts";
import type { Cursor } from "./stream.ts";
import { timeIn } from "./viid-answers.ts";
import { bodyOf, type Dialect, KINDS_TOLD, type ViidCodes } from "./viid-objects.ts";
import { type GivenUp, openViidQueue, type Waiting } from "./viid-queue.ts";
import { openViidReading } from "./viid-reading.ts";
import { type Answered, refusalOf, settledBy } from "./viid-verdicts.ts";

export interface ViidSettings {
  readonly deviceId: string;
  /** 10 000 to 90 000. */
  readonly keepaliveMs: number;
  /** Objects in one request, 1 to 100. */
  readonly batch: number;
  readonly dialect: Dialect;
  /** How long an end waits for the platform to hear our leave. */
  readonly farewellMs: number;
}

export interface ViidDeps {
  readonly settings: ViidSettings;
  readonly codes: ViidCodes;
  readonly rows: Pick<OpenRows, "events">;
  readonly line: WebLine;
  readonly clock: Pick<Clock, "at" | "wakeAt">;
  readonly wallMs: () => number;
  readonly random: () => number;
  readonly durableSeq: () => number;
  readonly plateOf: (row: OpenRow) => string | undefined;
  /** When a row of an unbelieved clock was, once somebody knows; undefined = nobody yet. */
  readonly datedMs: (row: OpenRow) => number | undefined;
  readonly cursor: Cursor;
  readonly keep: (cursor: Cursor) => void;
  /** The platform will not have this object: its row stays, and says so. */
  readonly givenUp: (one: GivenUp) => void;
  /** Advice and no more: how far the platform's clock is ahead of ours. */
  readonly timeTold: (aheadMs: number) => void;
  readonly changed: (state: ViidState) => void;
}

export interface ViidState {
  readonly up: boolean;
  readonly waiting: number;
  readonly aside: number;
  readonly trouble?: string;
}

export interface Viid {
  /** There may be more to send. */
  wake(): void;
  state(): ViidState;
  cursor(): Cursor;
  /** Takes its leave of the platform, if that answers at once. */
  close(): Promise<void>;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** A wrong password, and what the platform finds wrong, don't mend themselves within a minute. */
const LONGEST_REFUSED_MS = 600_000;
/** Passages come in twos and threes: one request for them. */
const GATHER_MS = 500;
const TIME_MS = 3_600_000;
const READ_AGAIN_MS = 5_000;

export function openViid(deps: ViidDeps): Viid {
  const { line, clock, settings } = deps;
  const queue = openViidQueue(deps.cursor, settings.batch);
  const reading = openViidReading({ ...deps, queue });
  let registered = false;
  /** The platform wants each request signed, not registering alone. */
  let signs = false;
  let justRegistered = false;
  let tries = 0;
  let refusals = 0;
  let due = { keepalive: 0, time: 0, send: 0, again: 0 };
  let trouble: string | undefined;
  let told = "";
  let callOff: (() => void) | undefined;
  let idle = false;
  let turning: Promise<void> | undefined;
  let closed = false;

  const backOff = (n: number, most: number) => deps.random() * Math.min(most, FIRST_MS * 2 ** Math.min(n, 20));

  function state(): ViidState {
    const waiting = Math.max(0, deps.durableSeq() - queue.cursor().upTo);
    return { up: registered, waiting, aside: queue.aside(), ...(trouble === undefined ? {} : { trouble }) };
  }

  function tell(): void {
    const now = `${registered} ${trouble}`;
    if (now === told) return;
    told = now;
    deps.changed(state());
  }

  function rest(ms: number): void {
    callOff?.();
    callOff = clock.wakeAt(clock.at() + ms, go);
  }

  function go(): void {
    if (turning !== undefined || closed) return;
    callOff?.();
    callOff = undefined;
    turning = turn().then((ms) => {
      turning = undefined;
      tell();
      if (!closed) rest(ms);
    });
  }

  async function turn(): Promise<number> {
    idle = false;
    try {
      return await step();
    } catch (cause) {
      // The journal can't be read just now; the gate has its own ways of telling that.
      trouble = cause instanceof Error ? cause.message : String(cause);
      return READ_AGAIN_MS;
    }
  }

  /** One question, or a few rows read. @returns after how many ms the next is due */
  async function step(): Promise<number> {
    if (!registered) return register();
    const now = clock.at();
    if (now >= due.keepalive) return keepAlive();
    if (now >= due.time) return askTime();
    if (reading.read()) {
      deps.keep(queue.cursor());
      return 0;
    }
    const { batch, again } = queue.next();
    const sendAt = again ? due.again : due.send;
    if (batch.length > 0 && now >= sendAt) return send(batch, again);
    idle = batch.length === 0 || again;
    const undatedAt = reading.askAt();
    const then = [
      ...[due.keepalive, due.time],
      ...(batch.length > 0 ? [sendAt] : []),
      ...(undatedAt === undefined ? [] : [undatedAt]),
    ];
    return Math.max(0, Math.min(...then) - now);
  }

  async function register(): Promise<number> {
    const body = JSON.stringify({ RegisterObject: { DeviceID: settings.deviceId } });
    const answer = await line.ask({ method: "POST", path: "/VIID/System/Register", body, sign: "anew" });
    const why = refusalOf(answer);
    if (why === undefined) {
      const at = clock.at();
      registered = true;
      justRegistered = true;
      trouble = undefined;
      due = { ...due, keepalive: at + settings.keepaliveMs, send: at };
      return 0;
    }
    trouble = why;
    return backOff(tries++, answer.is === "answered" ? LONGEST_REFUSED_MS : LONGEST_MS);
  }

  /** What every other question has in common. `lost` = the registration is gone; `silent` = there was no whole answer. */
  async function ask(method: "GET" | "POST", path: string, body?: string): Promise<Answered | "lost" | "silent"> {
    const answer = await line.ask({
      method,
      path,
      ...(body === undefined ? {} : { body }),
      ...(signs ? { sign: "known" as const } : {}),
    });
    const first = justRegistered;
    justRegistered = false;
    if (answer.is === "silent") lose(answer.why);
    if (answer.is === "silent") return "silent";
    if (answer.status !== 401 && answer.status !== 403) {
      tries = 0;
      return answer;
    }
    if (first && answer.challenged) signs = true;
    lose(`the platform doesn't know us any more (HTTP ${answer.status}); registering again`);
    return "lost";
  }

  function lose(why: string): void {
    registered = false;
    trouble = why;
  }
  const afterLoss = () => backOff(tries++, LONGEST_MS);

  async function keepAlive(): Promise<number> {
    const body = JSON.stringify({ KeepaliveObject: { DeviceID: settings.deviceId } });
    const answer = await ask("POST", "/VIID/System/Keepalive", body);
    if (typeof answer === "string") return afterLoss();
    const why = refusalOf(answer);
    due = { ...due, keepalive: clock.at() + settings.keepaliveMs };
    if (why === undefined) return 0;
    // Of a fault of its own the platform recovers by itself; whoever says no to our life wants us to register.
    lose(why);
    return afterLoss();
  }

  async function askTime(): Promise<number> {
    const asked = clock.at();
    due = { ...due, time: asked + TIME_MS };
    const answer = await ask("GET", "/VIID/System/Time");
    if (typeof answer === "string") return afterLoss();
    const theirs = timeIn(answer.text);
    if (theirs !== undefined) deps.timeTold(Math.round(theirs - (deps.wallMs() - (clock.at() - asked) / 2)));
    return 0;
  }

  async function send(batch: readonly Waiting[], again: boolean): Promise<number> {
    const kind = batch[0]?.object.kind ?? "vehicle";
    const objects = batch.map(({ object }) => object);
    const answer = await ask("POST", KINDS_TOLD[kind].path, bodyOf(kind, objects, settings.dialect));
    if (answer === "lost" || closed) return afterLoss();
    // One that the platform dies of must not hold up the others for ever.
    const { taken, givenUp, why, smaller } =
      answer === "silent"
        ? { ...queue.settle(batch, []), why: trouble, smaller: false }
        : settledBy(answer, batch, queue);
    for (const one of givenUp) deps.givenUp(one);
    deps.keep(queue.cursor());
    trouble = why;
    if (answer === "silent") return afterLoss();
    if (taken > 0 || givenUp.length > 0) refusals = 0;
    if (taken > 0 || givenUp.length > 0 || smaller === true) return 0;
    const at = clock.at() + backOff(refusals++, again ? LONGEST_REFUSED_MS : LONGEST_MS);
    due = { ...due, ...(again ? { again: at } : { send: at }) };
    return 0;
  }

  go();
  return {
    wake() {
      if (!idle || turning !== undefined || closed) return;
      idle = false;
      rest(GATHER_MS);
    },
    state,
    cursor: queue.cursor,
    async close() {
      closed = true;
      callOff?.();
      const late = new Promise<void>((done) => void clock.wakeAt(clock.at() + settings.farewellMs, done));
      await Promise.race([farewell(), late]);
      line.close();
      await turning;
    },
  };

  async function farewell(): Promise<void> {
    await turning;
    if (!registered) return;
    const body = JSON.stringify({ UnRegisterObject: { DeviceID: settings.deviceId } });
    await ask("POST", "/VIID/System/UnRegister", body);
  }
}
