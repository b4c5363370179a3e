/** `gatepost import`: the clerk's file against the whitelist; nothing is written before it is asked for. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CONSENTS_FILE, openConsents } from "../adapters/consents.ts";
import { makeDataFolder } from "../adapters/database.ts";
import { applyImport, planSheet } from "../adapters/import.ts";
import { pseudonym } from "../adapters/journal-seal.ts";
import { siteKey } from "../adapters/keys.ts";
import { openRegisterThread } from "../adapters/register-thread.ts";
import { openWhitelist } from "../adapters/whitelist.ts";
import { GateError } from "../core/fault.ts";
import { isPlate, normalise, skeleton } from "../core/plates.ts";
import { yearNow } from "../main-terminals.ts";
import { type House, loadOrSay } from "./house.ts";
import type { ImportChange, ImportOptions, ImportResult } from "./works.ts";

export async function importWork(house: House, options: ImportOptions): Promise<ImportResult> {
  const loaded = loadOrSay(house, options.configPath, process.env, false);
  makeDataFolder(loaded.dataDir);
  const bytes = bytesOf(options.file);
  // In a thread of its own: a file that outgrows its limits ends that, and says so.
  const thread = openRegisterThread();
  const sheet = await thread.ask("sheet", bytes).finally(thread.close);
  const key = siteKey(join(loaded.dataDir, "site.key"));
  const whitelist = openWhitelist({
    file: join(loaded.dataDir, "whitelist.sqlite"),
    skeleton,
    subjectOf: (holder) => pseudonym(key, holder),
    repair: false,
  });
  try {
    const plan = planSheet(sheet, whitelist.people(), {
      normalisePlate: normalise,
      isPlate,
      levels: new Set(loaded.config.accessLevels.map((level) => level.id)),
      allowRemovals: options.allowRemovals,
      withdrawn: withdrawnIn(join(loaded.dataDir, CONSENTS_FILE)),
    });
    const result = {
      added: plan.added.map((one): ImportChange => ({ who: one.name, row: one.row, cells: [] })),
      changed: plan.changed.map((one): ImportChange => ({ who: one.name, row: one.row, cells: one.cells })),
      removed: plan.suspended.map((one): ImportChange => ({ who: one.name, cells: [] })),
      same: plan.same,
      nowhere: plan.nowhere,
      errors: plan.errors.map((one) => ({
        row: one.row,
        code: one.code,
        column: one.column,
        value: one.value,
        message: one.message,
        hint: one.hint,
      })),
    };
    if (plan.errors.length > 0) return { ...result, outcome: "has-errors" };
    if (plan.tooManyRemovals) return { ...result, outcome: "refused" };
    if (!options.apply) return { ...result, outcome: "dry-run" };
    const generation = applyImport(plan, whitelist, "console", Date.now());
    return { ...result, outcome: "applied", generation };
  } finally {
    whitelist.close();
  }
}

function withdrawnIn(file: string): ReadonlySet<string> {
  const consents = openConsents(file, yearNow);
  try {
    return consents.withdrawn();
  } finally {
    consents.close();
  }
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new GateError("INPUT_INVALID", `${file}: ${missing ? "文件不存在 no such file" : why}`, { cause });
  }
}
