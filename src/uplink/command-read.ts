/**
 * A command as it comes: a JWS in compact form (RFC 7515, 3.1) with Ed25519 (RFC 8037): `header.claims.signature`. What is
 * signed are the very characters that came, so nothing needs to be brought into a canonical form, and any library of any
 * language can make one. Pure: who holds which key is asked.
 */
import type { z } from "zod";
import { COMMAND_KINDS, type CommandKind } from "../core/terms.ts";
import { COMMANDS, type Command, headerSchema } from "./command.ts";

/** One command in the one way it can be written: no character could be another. */
export interface Envelope {
  readonly key: string;
  /** ASCII; what the signature is over. */
  readonly signed: string;
  readonly claims: unknown;
  readonly signature: Uint8Array;
}

const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$/;

/** Undefined: it is no command in this form. */
export function readEnvelope(bytes: Uint8Array): Envelope | undefined {
  const [all, header = "", claims = "", signature = ""] = COMPACT.exec(Buffer.from(bytes).toString("latin1")) ?? [];
  if (all === undefined) return undefined;
  const head = headerSchema.safeParse(jsonOf(bytesOf(header)));
  const signatureBytes = bytesOf(signature);
  const told = jsonOf(bytesOf(claims));
  if (!head.success || signatureBytes === undefined || told === undefined) return undefined;
  return { key: head.data.kid, signed: `${header}.${claims}`, claims: told, signature: signatureBytes };
}

/** Undefined where the last letter carries bits that mean nothing: two texts must not be one command. */
function bytesOf(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
function jsonOf(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(UTF8.decode(bytes));
  } catch {
    return undefined;
  }
}

export type ClaimsRead =
  | { readonly is: "command"; readonly command: Command }
  | { readonly is: "kind-unknown" }
  /** `at` = where, by field names. */
  | { readonly is: "invalid"; readonly at: string };

/** What is asked, by the contract. */
export function readClaims(claims: unknown): ClaimsRead {
  const kind = kindOf(claims);
  if (kind === undefined) return { is: "kind-unknown" };
  const read: z.ZodSafeParseResult<Command> = COMMANDS[kind].safeParse(claims);
  if (read.success) return { is: "command", command: read.data };
  const path = read.error.issues
    .map((issue) => issue.path.map(String).join("/"))
    .reduce((first, other) => (other < first ? other : first));
  return { is: "invalid", at: path.slice(0, 64) };
}

function kindOf(claims: unknown): CommandKind | undefined {
  if (typeof claims !== "object" || claims === null || !("kind" in claims)) return undefined;
  return COMMAND_KINDS.find((kind) => kind === claims.kind);
}
