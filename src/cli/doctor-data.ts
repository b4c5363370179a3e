/** The data's part of `gatepost doctor`: list, journal, the site's key, what was set aside. Read only, beside a running gate. */
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CONSENTS_FILE } from "../adapters/consents.ts";
import { lookAtJournal } from "../adapters/journal-look.ts";
import { statOf } from "../adapters/machine.ts";
import { anySigned } from "../adapters/register-assessments.ts";
import { lookAtWhitelist } from "../adapters/whitelist-look.ts";
import { words } from "../config/problem.ts";
import { FILING_PEOPLE, filing } from "../core/face-filing.ts";
import { GateError } from "../core/fault.ts";
import { type DoctorFinding, type FindingCode, found } from "./doctor-table.ts";
import type { DoctorPart } from "./works.ts";

const KEY_BYTES = 32;

export function dataPart(folder: string): DoctorPart {
  const title = words("数据", "Data");
  if (!existsSync(folder)) return { part: "data", title, says: folder, findings: [found("LIST_EMPTY", folder)] };
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
  } catch {
    return { part: "data", title, says: folder, findings: [found("DATA_UNREADABLE", folder)] };
  }
  const list = listFindings(join(folder, "whitelist.sqlite"));
  const journal = journalFindings(join(folder, "journal.sqlite"));
  return {
    part: "data",
    title,
    says: `${list.credentials} credentials 凭证, row 行 ${journal.seq}`,
    findings: [...list.findings, ...journal.findings, ...keyFindings(folder), ...asideFindings(folder)],
  };
}

function faulty(code: FindingCode, cause: unknown): DoctorFinding {
  if (!(cause instanceof GateError)) throw cause;
  return found(code, cause.message);
}

function listFindings(file: string): { readonly credentials: number; readonly findings: readonly DoctorFinding[] } {
  if (!existsSync(file)) return { credentials: 0, findings: [found("LIST_EMPTY", file)] };
  try {
    const { credentials, faces, bad } = lookAtWhitelist(file);
    if (bad !== undefined) return { credentials, findings: [found("LIST_DAMAGED", `${file}: ${bad}`)] };
    const told = filing(faces) === "below" ? [] : [found("FACES_NEAR_FILING", `${faces} / ${FILING_PEOPLE}`)];
    const lawful = [...assessedFindings(dirname(file), faces), ...told];
    return { credentials, findings: credentials === 0 ? [found("LIST_EMPTY", file)] : lawful };
  } catch (cause) {
    return { credentials: 0, findings: [faulty("LIST_DAMAGED", cause)] };
  }
}

/** An assessment comes before faces are used (Order 19 of 2025, art. 9): without any there is nothing to remind of. */
function assessedFindings(folder: string, faces: number): readonly DoctorFinding[] {
  const file = join(folder, CONSENTS_FILE);
  try {
    return faces === 0 || anySigned(file) ? [] : [found("IMPACT_UNSIGNED", `${faces}`)];
  } catch (cause) {
    return [faulty("IMPACT_UNSIGNED", cause)];
  }
}

function journalFindings(file: string): { readonly seq: number; readonly findings: readonly DoctorFinding[] } {
  // Before the first start there is none.
  if (!existsSync(file)) return { seq: 0, findings: [] };
  try {
    const { seq, bad } = lookAtJournal(file);
    return { seq, findings: bad === undefined ? [] : [found("JOURNAL_DAMAGED", `${file}: ${bad}`)] };
  } catch (cause) {
    return { seq: 0, findings: [faulty("JOURNAL_DAMAGED", cause)] };
  }
}

function keyFindings(folder: string): readonly DoctorFinding[] {
  const places = ["site.key", "site.key.copy"].map((name) => join(folder, name));
  const there = places.filter((file) => existsSync(file));
  // Made at the first start, with the journal.
  if (there.length === 0)
    return existsSync(join(folder, "journal.sqlite")) ? [found("KEY_DAMAGED", places.join(" "))] : [];
  const whole = there.some((file) => readFileSync(file).length === KEY_BYTES);
  const open = there.filter((file) => ((statOf(file)?.mode ?? 0) & 0o077) !== 0);
  return [...(whole ? [] : [found("KEY_DAMAGED", there.join(" "))]), ...open.map((file) => found("KEY_EXPOSED", file))];
}

function asideFindings(folder: string): readonly DoctorFinding[] {
  const aside = readdirSync(folder).filter((name) => /\.damaged(-\d+)?$|^after-|^before-/.test(name));
  const refused = join(folder, "upgrade-refused");
  return [
    ...(aside.length === 0 ? [] : [found("SET_ASIDE", aside.join(" "))]),
    ...(existsSync(refused) ? [found("UPGRADE_REFUSED", readFileSync(refused, "utf8").trim())] : []),
  ];
}
