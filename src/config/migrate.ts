/** gate.yaml of an older gatepost, brought to today's form. Released migrations are never edited. */
import type { Document } from "yaml";
import type { Finding } from "./problem.ts";
import { error, words } from "./problem.ts";

/** The form that this gatepost reads. */
export const CONFIG_VERSION = 1;

/** Leads from version `from` to `from + 1`. It edits the document in place, so comments and places survive. */
export interface Migration {
  readonly from: number;
  /** What changes, for the technician. */
  readonly what: string;
  readonly change: (document: Document) => void;
}

/** In order, without gaps. The form is at its first version: there is nothing to migrate from yet. */
export const MIGRATIONS: readonly Migration[] = [];

export interface Migrated {
  /** Versions left behind; empty = the file was already of today's form. */
  readonly applied: readonly Migration[];
  readonly findings: readonly Finding[];
}

/**
 * Brings `document` (changed in place) to `version`. A file without `version` is of version 1.
 * A newer file is refused: guessing at settings we don't know could move a gate.
 */
export function migrate(
  document: Document,
  migrations: readonly Migration[] = MIGRATIONS,
  version: number = CONFIG_VERSION,
): Migrated {
  const written: unknown = document.hasIn(["version"]) ? document.getIn(["version"]) : 1;
  // What is no version at all is left for the schema to name.
  if (typeof written !== "number" || !Number.isInteger(written) || written < 1) return { applied: [], findings: [] };
  if (written > version) {
    const message = words(
      `配置是第 ${written} 版，本程序只懂第 ${version} 版`,
      `The configuration is of version ${written}; this gatepost knows version ${version}`,
    );
    const hint = words(
      "升级 gatepost，或用旧的配置备份",
      "Upgrade gatepost, or take the backup of the older configuration",
    );
    return { applied: [], findings: [error("CONFIG_NEWER", ["version"], message, hint)] };
  }
  const applied: Migration[] = [];
  for (let from = written; from < version; from += 1) {
    const step = migrations.find((migration) => migration.from === from);
    if (step === undefined) throw new Error(`no migration leads away from configuration version ${from}`);
    step.change(document);
    document.setIn(["version"], from + 1);
    applied.push(step);
  }
  return { applied, findings: [] };
}
