/** The program: reads the command line and gives each verb its work. The bundle's one entry. */
import { join } from "node:path";
import { gatepost } from "./gatepost.ts";
import { type House, houseAt } from "./house.ts";
import { processIo } from "./process-io.ts";
import { langAsked, langOf } from "./verb.ts";
import { accountsWork } from "./work-accounts.ts";
import { backupWork } from "./work-backup.ts";
import { bundleWork } from "./work-bundle.ts";
import { carryExportWork, carryImportWork, carryKeysWork, carryReadWork } from "./work-carry.ts";
import { configDiffWork, configStatusWork } from "./work-config.ts";
import { configApplyWork } from "./work-config-apply.ts";
import { decodeWork } from "./work-decode.ts";
import { demoWork } from "./work-demo.ts";
import { devicesWork } from "./work-devices.ts";
import { doctorWork } from "./work-doctor.ts";
import { enrolWork } from "./work-enrol.ts";
import { eraseWork } from "./work-erase.ts";
import { exportWork } from "./work-export.ts";
import { importWork } from "./work-import.ts";
import { journalRowsWork, siteZoneWork, verifyJournalWork } from "./work-journal.ts";
import { restoreWork } from "./work-restore.ts";
import { simulateWork } from "./work-simulate.ts";
import { startWork } from "./work-start.ts";
import { terminalsWork } from "./work-terminals.ts";
import type { Works } from "./works.ts";

export function worksOf(house: House): Works {
  return {
    version: house.version,
    loadOptions: house.loadOptions,
    start: (options) => startWork(house, options),
    demo: (options) => demoWork(house, options),
    accounts: (options) => accountsWork(house, options),
    importFile: (options) => importWork(house, options),
    exportList: (options) => exportWork(house, options),
    erase: (options) => eraseWork(house, options),
    enrol: async (options) => enrolWork(house, options),
    terminals: (options) => terminalsWork(house, options),
    decode: (options) => decodeWork(house, options),
    verifyJournal: (options) => verifyJournalWork(house, options),
    doctor: (options) => doctorWork(house, options),
    configStatus: (options) => configStatusWork(house, options),
    configDiff: (options) => configDiffWork(house, options),
    configApply: (options, agree) => configApplyWork(house, options, agree),
    bundle: (options) => bundleWork(house, options),
    carryExport: (options) => carryExportWork(house, options),
    carryImport: (options) => carryImportWork(house, options),
    carryKeys: (options) => carryKeysWork(house, options),
    carryRead: carryReadWork,
    backup: (options) => backupWork(house, options),
    restore: (options) => restoreWork(house, options),
    siteZone: async (options) => siteZoneWork(house, options),
    journalRows: (options) => journalRowsWork(house, options),
    devices: (options, tell) => devicesWork(house, options, tell),
    simulate: (options, tell) => simulateWork(house, options, tell),
  };
}

/** Runs one command line and gives its exit code; called by the launcher with dist/ as `here`. */
export function run(args: readonly string[], here: string): Promise<number> {
  const io = processIo();
  return gatepost(args, io, worksOf(houseAt(join(here, ".."), langOf(langAsked(args), io.env))));
}
