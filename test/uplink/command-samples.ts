/** One command of each kind, as a platform would sign it: the golden samples of docs/contract, with RFC 8032's first key. */
import { createHash } from "node:crypto";
import { OPEN } from "./signer.ts";

const { kind: _, lane, ...HEAD } = OPEN;
const head = (n: number) => ({ ...HEAD, id: `c0ffee00-0000-4000-8000-${String(n).padStart(12, "0")}`, counter: 6 + n });
const LIN = {
  id: "R-0417",
  name: "林秀兰",
  kind: "resident",
  household: "3-1-302",
  spaces: 1,
  slow: true,
  levels: ["residents"],
  validUntilMs: 1_830_268_800_000,
  credentials: [
    { type: "face", value: "R-0417" },
    { type: "plate", value: "浙C12345" },
  ],
};
const VISITOR = {
  id: "V-20261125-1",
  name: "访客一",
  kind: "visitor",
  blockedWhy: "欠费",
  levels: [],
  validFromMs: 1_795_536_000_000,
  maxUses: 2,
  credentials: [{ type: "pin", value: "482913", duress: true }],
};
const UPLOAD = "0b9e7c1a-5d1c-4f0b-9b51-6a0f4c1d2e3f";
const TEXT = "site: { id: garden, name: 花园, timezone: Asia/Shanghai }\n";

export const COMMAND_SAMPLES = [
  { ...head(1), kind: "remote-open", lane },
  { ...head(2), kind: "mode", lane, mode: "locked-down", forSeconds: 3_600 },
  { ...head(3), kind: "whitelist", base: 12, put: [LIN, VISITOR], remove: ["R-0093"] },
  { ...head(4), kind: "whitelist-part", upload: UPLOAD, part: 1, parts: 2, people: [LIN], allowRemovals: true },
  { ...head(5), kind: "config", text: TEXT, sha256: createHash("sha256").update(TEXT).digest("hex") },
  { ...head(6), kind: "resend", stream: "event", fromSeq: 12_345 },
  { ...head(7), kind: "erase", person: "R-0417" },
] as const;
