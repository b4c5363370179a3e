/** What goes into `decode` and what comes out of it. Pure: bytes in, values out; nothing here knows a port or a clock. */
import type { Report } from "../core/terms.ts";

/** A whole frame cut from a byte stream, one MQTT message, one HTTP request, or the answer to a request of ours. */
export type Heard =
  | { readonly via: "frame"; readonly bytes: Uint8Array }
  | { readonly via: "message"; readonly topic: string; readonly payload: Uint8Array }
  /** `path` without its leading slash and the device's own part, `query` without the question mark. */
  | {
      readonly via: "request";
      readonly method: string;
      readonly path: string;
      readonly query: string;
      readonly payload: Uint8Array;
    }
  | { readonly via: "answer"; readonly status: number; readonly payload: Uint8Array };

/** Bytes to send to a device, with the topic where the link has topics, as the answer to its request, or as a request to it. */
export interface Outgoing {
  readonly topic?: string;
  readonly answer?: Answer;
  readonly request?: Asking;
  readonly bytes: Uint8Array;
}

/** An HTTP answer; its body is the bytes beside it. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Commands: the kind of request it may answer. */
  readonly to?: string;
}

/** A request to a device; its body is the bytes beside it. Whoever sends it adds the password. */
export interface Asking {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path and query, encoded, from the leading slash on. */
  readonly target: string;
  /** Of the body; empty = there is none. */
  readonly type: string;
}

/** What a profile needs to know of the device on the wall and of this moment. */
export interface ReadContext {
  /** The site's offset from UTC in minutes, for device times without a zone. */
  readonly utcOffsetMin: number;
  /** The device's parameters from the config, e.g. `deviceId`, `unit`. */
  readonly params: Readonly<Record<string, string | number>>;
  /** A fresh id for messages that need one. */
  readonly newId: () => string;
  /** Wall time, ms since 1970 UTC, for messages that must carry it; absent = it is left out of them. */
  readonly wallMs?: number;
  /** The command whose reply is awaited. */
  readonly asked?: string;
}

/** Why a frame or message could not be read; an expected outcome, counted, with no other effect. */
export interface DecodeFault {
  readonly code:
    | "not-json"
    | "too-long"
    | "no-kind-matches"
    | "field-missing"
    | "field-invalid"
    | "wrong-device"
    /** A hub speaks of another device: no forgery, and nothing of ours. */
    | "another-device"
    | "bad-checksum"
    | "bad-length"
    | "overflow"
    | "idle-gap";
  /** JSON pointer or byte offset. */
  readonly where: string;
  readonly message: string;
}

export type Reading =
  | {
      readonly is: "read";
      /** The profile's message kind that matched. */
      readonly kind: string;
      readonly reports: readonly Report[];
      /** Sent to the device once the row is durable (or at once when there is nothing to keep). */
      readonly answers: readonly Outgoing[];
      /** It speaks for every device of the profile. */
      readonly forAll?: true;
      /** HTTP: how long the answer may wait for a command in its place. */
      readonly holdMs?: number;
    }
  | { readonly is: "fault"; readonly fault: DecodeFault };

/** A command in bytes, and how its reply is known. */
export interface EncodedCommand {
  readonly name: string;
  readonly out: Outgoing;
  /** The reply that confirms it; absent = the protocol has none, the outcome is `done` when sent. */
  readonly expects?: {
    readonly timeoutMs: number;
    /** Whether this frame or message is that reply; `more` = a part of it, and the rest is to come. */
    readonly matches: (heard: Heard) => "ok" | "refused" | "more" | "other";
  };
  /** Never for anything that opens; schema-enforced. */
  readonly retries: number;
}
