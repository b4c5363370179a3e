/** `gatepost journal`: reads the journal beside a running gate; never writes to it. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRows, verifyFile } from "../adapters/journal-reader.ts";
import { GateError } from "../core/fault.ts";
import type { Row } from "../shell/ports.ts";
import { type House, loadOrSay } from "./house.ts";
import type { JournalOptions, JournalVerdict } from "./works.ts";

function fileOf(house: House, configPath: string): string {
  const file = join(loadOrSay(house, configPath, process.env, false).dataDir, "journal.sqlite");
  if (!existsSync(file))
    throw new GateError(
      "INPUT_INVALID",
      `there is no journal yet; the gate has not run here 还没有记录，门岗还没运行过: ${file}`,
    );
  return file;
}

export async function verifyJournalWork(
  house: House,
  options: { readonly configPath: string },
): Promise<JournalVerdict> {
  const told = verifyFile(fileOf(house, options.configPath));
  const { bad } = told;
  const zh = { edited: "这一行被改过", gap: "缺了一行", "cut-tail": "末尾被截掉" };
  return {
    rows: told.rows,
    firstSeq: told.rows === 0 ? 0 : 1,
    lastSeq: told.lastSeq,
    lastHash: told.lastHash,
    lost: told.lost.map(({ from, to }) => ({ from, to })),
    ...(bad === undefined ? {} : { broken: { seq: bad.seq, why: { zh: zh[bad.why], en: bad.message } } }),
  };
}

export async function* journalRowsWork(house: House, options: JournalOptions): AsyncIterable<Row> {
  yield* readRows(fileOf(house, options.configPath), options.since, options.last);
}

export function siteZoneWork(house: House, options: { readonly configPath: string }): string {
  return loadOrSay(house, options.configPath, process.env, false).config.site.timezone;
}
