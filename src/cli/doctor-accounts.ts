/** Who may enter the page, and what its browsers should trust, for `gatepost doctor`. Read only, beside a running gate. */
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lookAtAccounts } from "../adapters/accounts-look.ts";
import { ACCOUNTS_FILE } from "../adapters/accounts-schema.ts";
import type { Loaded } from "../config/load.ts";
import { words } from "../config/problem.ts";
import { GateError } from "../core/fault.ts";
import { TLS_FOLDER } from "../main-page.ts";
import { found } from "./doctor-table.ts";
import type { DoctorPart } from "./works.ts";

export function accountsPart({ config, dataDir }: Pick<Loaded, "config" | "dataDir">): DoctorPart {
  const title = words("网页账号", "Accounts of the page");
  const ca = join(dataDir, TLS_FOLDER, "ca.crt");
  const trusted =
    config.page.tls === "auto" && existsSync(ca) ? `CA ${new X509Certificate(readFileSync(ca)).fingerprint256}` : "";
  const says = (count: string): string => [count, trusted].filter((part) => part !== "").join("  ");
  const file = join(dataDir, ACCOUNTS_FILE);
  // A simulated street opens for everybody at this machine, and says so on its page.
  if (!existsSync(file)) return { part: "accounts", title, says: says("0"), findings: [] };
  try {
    const { accounts, setupCode } = lookAtAccounts(file);
    const none = accounts === 0 && !config.simulation;
    const shown = setupCode === undefined ? "gatepost accounts setup-code" : `set-up code 初装码 ${setupCode}`;
    return {
      part: "accounts",
      title,
      says: says(String(accounts)),
      findings: none ? [found("ACCOUNTS_NONE", shown)] : [],
    };
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    return { part: "accounts", title, says: says("?"), findings: [found("ACCOUNTS_DAMAGED", cause.message)] };
  }
}
