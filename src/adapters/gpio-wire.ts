/** What we and the keeper of the outputs say to each other: one JSON object a line, over its standard input and output. */
import { FAULTS, type FaultCode } from "../core/fault.ts";

/** Stamps `askedAt` are of the machine's monotonic clock, ms. */
export type KeeperOrder =
  | { readonly do: "claim"; readonly id: number; readonly offset: number; readonly activeLow: boolean }
  | {
      readonly do: "pulse";
      readonly id: number;
      readonly offset: number;
      readonly ms: number;
      readonly askedAt: number;
    }
  | {
      readonly do: "hold";
      readonly id: number;
      readonly offset: number;
      readonly active: boolean;
      readonly askedAt: number;
    }
  | { readonly do: "beat" };

export type KeeperWord =
  | { readonly is: "done"; readonly id: number }
  | { readonly is: "failed"; readonly id: number; readonly code: FaultCode; readonly message: string }
  /** Answer to a beat. */
  | { readonly is: "alive" }
  /** A held line was dropped because no beat came. */
  | { readonly is: "lapsed"; readonly offset: number }
  /** It can't keep a line any more and ends itself. */
  | { readonly is: "broken"; readonly code: FaultCode; readonly message: string };

/** Undefined for anything that isn't one. */
export function orderFrom(line: string): KeeperOrder | undefined {
  const told = objectFrom(line);
  if (told === undefined) return undefined;
  const { id, offset, activeLow, ms, askedAt, active } = told;
  if (told.do === "beat") return { do: "beat" };
  if (typeof id !== "number" || typeof offset !== "number") return undefined;
  if (told.do === "claim" && typeof activeLow === "boolean") return { do: "claim", id, offset, activeLow };
  if (typeof askedAt !== "number") return undefined;
  if (told.do === "pulse" && typeof ms === "number") return { do: "pulse", id, offset, ms, askedAt };
  if (told.do === "hold" && typeof active === "boolean") return { do: "hold", id, offset, active, askedAt };
  return undefined;
}

/** Undefined for anything that isn't one. */
export function wordFrom(line: string): KeeperWord | undefined {
  const told = objectFrom(line);
  if (told === undefined) return undefined;
  const { id, offset, code, message } = told;
  if (told.is === "alive") return { is: "alive" };
  if (told.is === "done" && typeof id === "number") return { is: "done", id };
  if (told.is === "lapsed" && typeof offset === "number") return { is: "lapsed", offset };
  if (!isFaultCode(code) || typeof message !== "string") return undefined;
  if (told.is === "failed" && typeof id === "number") return { is: "failed", id, code, message };
  if (told.is === "broken") return { is: "broken", code, message };
  return undefined;
}

const isFaultCode = (code: unknown): code is FaultCode => typeof code === "string" && Object.hasOwn(FAULTS, code);

function objectFrom(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const told: unknown = JSON.parse(line);
    return typeof told === "object" && told !== null ? { ...told } : undefined;
  } catch {
    return undefined; // half a line of a process that died
  }
}

/** Cuts a stream of text into lines. */
export function lineCutter(hear: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) hear(line);
  };
}
