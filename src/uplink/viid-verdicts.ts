/** What an answer of a GA/T 1400 platform means for the session, and for each object of a batch. */
import type { WebAnswer } from "../shell/ports.ts";
import { meaning, type Status, statusesIn, statusIn } from "./viid-answers.ts";
import type { Settled, ViidQueue, Waiting } from "./viid-queue.ts";

export type Answered = Extract<WebAnswer, { readonly is: "answered" }>;

/** Of HTTP: about what we said, not about the platform. */
const REFUSED: ReadonlySet<number> = new Set([400, 409, 413, 422]);

export interface Verdict extends Settled {
  /** What isn't well, in plain words. */
  readonly why: string | undefined;
  /** Refused as a whole, and to be tried at once in pieces. */
  readonly smaller?: boolean;
}

/** Of a batch: tells the queue. An answer without a status that can be read moves nothing. */
export function settledBy({ status, text }: Answered, batch: readonly Waiting[], queue: ViidQueue): Verdict {
  const nothing = { taken: 0, givenUp: [] };
  const smaller = batch.length > 1;
  if (REFUSED.has(status)) {
    const why = `the platform refuses a request (HTTP ${status})`;
    return { ...queue.refuse(batch, { code: 8, says: `HTTP ${status}` }), why, smaller };
  }
  // It may be the platform, or one object that it stumbles over, such as one that it has already.
  if (status === 500) return { ...queue.settle(batch, []), why: "the platform answers HTTP 500" };
  if (status < 200 || status > 299) return { ...nothing, why: `the platform answers HTTP ${status}` };
  const whole = statusIn(text);
  if (whole !== undefined && meaning(whole.code) === "wrong")
    return { ...queue.refuse(batch, whole), why: saidOf(whole), smaller };
  const statuses = statusesIn(
    text,
    batch.map(({ object }) => object.id),
  );
  if (statuses === undefined) return { ...nothing, why: "the platform's answer has no status that could be read" };
  const bad = statuses.findIndex((one) => one?.code !== 0);
  return { ...queue.settle(batch, statuses), why: bad < 0 ? undefined : saidOf(statuses[bad]) };
}

/** Of registering and keeping alive: undefined = it is well. A good HTTP status without a word counts as well. */
export function refusalOf(answer: WebAnswer): string | undefined {
  if (answer.is === "silent") return answer.why;
  const status = statusIn(answer.text);
  if (answer.status === 401 || answer.status === 403)
    return `the platform refuses our name or password (HTTP ${answer.status}); check viid.deviceId and passwordFile`;
  if (answer.status === 404) return "there is no GA/T 1400 at this address (HTTP 404); check viid.url";
  if (answer.status < 200 || answer.status > 299) return `the platform answers HTTP ${answer.status}`;
  return status === undefined || status.code === 0 ? undefined : saidOf(status);
}

const saidOf = (status: Status | undefined): string =>
  status === undefined
    ? "the platform says nothing of some of our objects"
    : `the platform says: status ${status.code}${status.says === "" ? "" : ` ${status.says}`}`;
