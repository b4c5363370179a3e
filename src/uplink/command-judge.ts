/**
 * Whether a command is carried out: pure, one rule after the other, the first that says no names the code. The wall clock
 * has no say: a command lives by the connection's random number and by the gate's own ticks, so that a recorded one is
 * dead after every reconnect, restart and jump of a clock, whatever the clock is worth.
 */
import { type Command, LONGEST_LIFE_MS, MOST_BYTES } from "./command.ts";
import { readClaims, readEnvelope } from "./command-read.ts";
import type { ResultCode } from "./command-result.ts";

/** As the line delivers it. */
export interface Heard {
  /** The topic's last word. */
  readonly topic: string;
  readonly bytes: Uint8Array;
  readonly retained: boolean;
  /** The DUP flag. */
  readonly redelivered: boolean;
}

/** What the gate knows at this moment. */
export interface Standing {
  readonly site: string;
  readonly gate: string;
  readonly epoch: string;
  /** Ticks, ms. */
  readonly at: number;
  /** Whether this key made this signature; `unknown` = no such key (any more). */
  verify(key: string, signed: string, signature: Uint8Array): "good" | "bad" | "unknown";
  mayAsk(key: string, kind: Command["kind"]): boolean;
  /** A command of this id was begun: the text it came in, as a digest. */
  known(id: string): { readonly digest: string } | undefined;
  digest(text: string): string;
  /** 0 = none yet. */
  lastCounter(key: string): number;
}

export type Judgement =
  | { readonly is: "execute"; readonly command: Command; readonly key: string; readonly digest: string }
  /** The same command once more: the same answer, and nothing else. */
  | { readonly is: "again"; readonly command: Command; readonly key: string }
  | {
      readonly is: "refuse";
      readonly code: ResultCode;
      /** Somebody who has none of our keys. */
      readonly forged: boolean;
      /** Only where the signature was good. */
      readonly command?: Command;
      readonly key?: string;
      readonly at?: string;
    };

export function judge(heard: Heard, now: Standing): Judgement {
  if (heard.bytes.length > MOST_BYTES) return refuse("oversized");
  if (heard.retained) return refuse("retained");
  const envelope = readEnvelope(heard.bytes);
  if (envelope === undefined) return refuse("malformed");
  const { key, signed, claims, signature } = envelope;
  const verified = now.verify(key, signed, signature);
  if (verified === "unknown") return { is: "refuse", code: "unknown-key", forged: true };
  if (verified === "bad") return { is: "refuse", code: "bad-signature", forged: true };
  const read = readClaims(claims);
  if (read.is === "kind-unknown") return { ...refuse("kind-unknown"), key };
  if (read.is === "invalid") return { ...refuse("invalid"), key, at: read.at };
  const { command } = read;
  const no = (code: ResultCode): Judgement => ({ ...refuse(code), command, key });
  const digest = now.digest(`${key} ${signed}`);
  const known = now.known(command.id);
  // Before all else: what was done is never told as refused, however it comes again.
  if (known?.digest === digest) return { is: "again", command, key };
  if (known !== undefined) return no("id-reused");
  if (heard.topic !== command.kind) return no("wrong-topic");
  if (command.site !== now.site || command.gate !== now.gate) return no("not-for-us");
  if (!now.mayAsk(key, command.kind)) return no("not-allowed");
  if (heard.redelivered) return no("redelivered");
  const stale = staleness(command, now);
  if (stale !== undefined) return no(stale);
  if (command.counter <= now.lastCounter(key)) return no("counter-used");
  return { is: "execute", command, key, digest };
}

/** Asked once more when the command is on the disk, right before it is carried out. */
export function staleness(
  command: Pick<Command, "epoch" | "validUntilMs">,
  now: Pick<Standing, "epoch" | "at">,
): "wrong-epoch" | "expired" | "too-far-ahead" | undefined {
  if (command.epoch !== now.epoch) return "wrong-epoch";
  if (!(now.at <= command.validUntilMs)) return "expired";
  if (command.validUntilMs - now.at > LONGEST_LIFE_MS) return "too-far-ahead";
  return undefined;
}

const refuse = (code: ResultCode) => ({ is: "refuse", code, forged: false }) as const;
