/** The log: JSON lines for journald, by pino, with everything personal taken out whatever a caller hands in. */
import pino, { type DestinationStream, type Logger } from "pino";

export type Log = Logger;
export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

/** Fields that name a person, are a credential, a picture or a secret. Lanes and devices are logged by id. */
const PERSONAL =
  /^(name|fullname|holdername|value|credential|plate|plates|card|cardno|pin|qr|passcode|phone|idnumber|face|feature|features|embedding|picture|picturebase64|image|photo|snapshot|pic|password|token|secret|key|authorization|cookie|payload|sealed|who|claim|topicpassword)$/i;
const LONGEST_TEXT = 2_000;
const DEEPEST = 6;

/** The same value without anything personal: keys stay, so that the shape of what happened can be read. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") {
    return value.length > LONGEST_TEXT ? `${value.slice(0, 200)}… (${value.length} characters)` : value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return redactError(value, depth);
  if (ArrayBuffer.isView(value)) return `(${value.byteLength} bytes)`;
  if (depth >= DEEPEST) return "(deeper)";
  if (Array.isArray(value)) return value.slice(0, 100).map((one) => redact(one, depth + 1));
  const clean: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) {
    clean[key] = PERSONAL.test(key.replace(/[_-]/g, "")) ? "(redacted)" : redact(one, depth + 1);
  }
  return clean;
}

function redactError(error: Error, depth: number): unknown {
  return {
    type: error.name,
    message: redact(error.message, depth),
    stack: redact(error.stack, depth),
    ...("code" in error ? { code: error.code } : {}),
    ...("context" in error ? { context: redact(error.context, depth + 1) } : {}),
    ...(error.cause === undefined || depth >= DEEPEST ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}

/**
 * Opens the log. error = somebody must act; warn = degraded; info = decisions and mode changes; debug = sensors.
 * @param out where the lines go; standard output (journald) by default
 * @param hear told of each line as it is written
 */
export function openLog(level: LogLevel, out?: DestinationStream, hear?: (line: string) => void): Log {
  const options = {
    ...(hear === undefined ? {} : { hooks: { streamWrite: heard(hear) } }),
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: redactField },
    formatters: { level: (label: string) => ({ level: label }), log: redactFields },
  };
  // Written off the thread that decides; `fatal` and the program's end write out what is still waiting.
  return pino(options, out ?? pino.destination({ sync: false }));
}

const heard = (hear: (line: string) => void) => (line: string) => {
  hear(line);
  return line;
};

function redactField(value: unknown): unknown {
  return redact(value);
}

function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  const clean: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(fields)) {
    clean[key] = PERSONAL.test(key.replace(/[_-]/g, "")) ? "(redacted)" : redact(one);
  }
  return clean;
}
