/** The page beside the gate: accounts, its server, and the code for the first admin. None of it is on the way to a relay. */
import { join } from "node:path";
import { type AccountsOpen, openAccounts } from "./adapters/accounts.ts";
import { ACCOUNTS_FILE } from "./adapters/accounts-schema.ts";
import { type HttpDeps, openHttp } from "./adapters/http.ts";
import type { Log } from "./adapters/log.ts";
import type { Metrics } from "./adapters/metrics.ts";
import { openRegister, type RegisterDeps } from "./adapters/register.ts";
import { openRegisterThread } from "./adapters/register-thread.ts";
import type { Loaded } from "./config/load.ts";
import type { Clock } from "./shell/ports.ts";
import type { Register } from "./shell/register.ts";

export interface PageParts extends Pick<HttpDeps, "desk" | "assets" | "metricsText"> {
  /** Grace days of the site. */
  readonly graceDays: number;
  readonly usesOf: RegisterDeps["usesOf"];
  /** The clerk has changed something. */
  readonly listChanged: RegisterDeps["changed"];
  readonly loaded: Loaded;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Page {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws GateError PORT_BUSY */
export async function openPage(parts: PageParts): Promise<Page> {
  const { loaded, clock, log, metrics } = parts;
  const { config, secrets } = loaded;
  const accounts = openAccountsAt(parts);
  const register = openRegisterAt(parts);
  try {
    const http = await openHttp(config.page, {
      desk: parts.desk,
      assets: parts.assets,
      metricsText: parts.metricsText,
      accounts,
      register: { register, keeping: { ...config.retention, graceDays: parts.graceDays } },
      simulation: config.simulation,
      hosts: config.page.hosts,
      ...(secrets.operatorToken === undefined ? {} : { operatorToken: secrets.operatorToken }),
      now: () => clock.at(),
      onPages: metrics.pages,
      onBug: (error) => log.fatal({ err: error }, "bug in the page's server"),
    });
    tellSetupCode(accounts, config.simulation, log);
    return {
      url: http.url,
      async close() {
        await http.close();
        await register.close();
        await accounts.close();
      },
    };
  } catch (cause) {
    await register.close();
    await accounts.close();
    throw cause;
  }
}

function openAccountsAt({ loaded, clock, log, metrics }: PageParts): AccountsOpen {
  return openAccounts({
    file: join(loaded.dataDir, ACCOUNTS_FILE),
    now: () => clock.at(),
    wallMs: () => clock.now().wall.epochMs,
    site: loaded.config.site.name,
    onTrouble(fault) {
      metrics.fault(fault.code);
      log.error({ code: fault.code, message: fault.message }, "accounts can't be read or written");
    },
  });
}

function openRegisterAt({ loaded, clock, log, metrics, graceDays, usesOf, listChanged }: PageParts): Register {
  return openRegister({
    thread: openRegisterThread({
      dataDir: loaded.dataDir,
      levels: loaded.config.accessLevels.map(({ id }) => id),
      graceDays,
    }),
    now: () => clock.now().wall.epochMs,
    changed: listChanged,
    usesOf,
    onFault(fault) {
      metrics.fault(fault.code);
      log.warn({ code: fault.code, message: fault.message }, "the register couldn't do what it was asked");
    },
  });
}

/** There is no default password: whoever sees this machine's console or journal makes the first account. */
function tellSetupCode(accounts: AccountsOpen, simulation: boolean, log: Log): void {
  const code = simulation ? undefined : accounts.setupCode();
  if (code !== undefined) log.warn({ setupCode: code }, "no account yet: the first admin is made with this code");
}
