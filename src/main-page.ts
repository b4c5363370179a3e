/** The page beside the gate: accounts, its server, and the code for the first admin. None of it is on the way to a relay. */
import { join } from "node:path";
import { type AccountsOpen, openAccounts } from "./adapters/accounts.ts";
import { ACCOUNTS_FILE } from "./adapters/accounts-schema.ts";
import { type HttpDeps, openHttp } from "./adapters/http.ts";
import type { Log } from "./adapters/log.ts";
import type { Metrics } from "./adapters/metrics.ts";
import type { Loaded } from "./config/load.ts";
import type { Clock } from "./shell/ports.ts";

export interface PageParts extends Pick<HttpDeps, "desk" | "assets" | "metricsText"> {
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
  try {
    const http = await openHttp(config.page, {
      desk: parts.desk,
      assets: parts.assets,
      metricsText: parts.metricsText,
      accounts,
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
        await accounts.close();
      },
    };
  } catch (cause) {
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

/** There is no default password: whoever sees this machine's console or journal makes the first account. */
function tellSetupCode(accounts: AccountsOpen, simulation: boolean, log: Log): void {
  const code = simulation ? undefined : accounts.setupCode();
  if (code !== undefined) log.warn({ setupCode: code }, "no account yet: the first admin is made with this code");
}
