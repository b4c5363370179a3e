/** The page beside the gate: accounts, its server, and the code for the first admin. None of it is on the way to a relay. */
import { join } from "node:path";
import { type AccountsOpen, openAccounts } from "./adapters/accounts.ts";
import { ACCOUNTS_FILE } from "./adapters/accounts-schema.ts";
import { openCertificate } from "./adapters/certificate.ts";
import { type HttpDeps, openHttp } from "./adapters/http.ts";
import type { Tls } from "./adapters/http-tls.ts";
import type { Log } from "./adapters/log.ts";
import type { Metrics } from "./adapters/metrics.ts";
import { openRegister, type RegisterDeps } from "./adapters/register.ts";
import { openImpact } from "./adapters/register-impact.ts";
import type { RegisterThread } from "./adapters/register-thread.ts";
import { configSha256 } from "./config/fingerprint.ts";
import type { Loaded } from "./config/load.ts";
import { GateError } from "./core/fault.ts";
import { gateFacts, type ImpactParts } from "./main-impact.ts";
import type { PageFacts } from "./main-workshop.ts";
import type { DeedRows } from "./shell/accounts.ts";
import type { Clock } from "./shell/ports.ts";
import type { Workshop } from "./shell/workshop.ts";

/** Of the data folder: the authority's key and the page's. */
export const TLS_FOLDER = "tls";
const EVERY_ADDRESS = new Set(["0.0.0.0", "::"]);

export interface PageParts
  extends Pick<HttpDeps, "desk" | "bench" | "assets" | "metricsText" | "onAccount">,
    Pick<ImpactParts, "terminals" | "rows"> {
  readonly traffic: NonNullable<HttpDeps["traffic"]>;
  /** Where what `gatepost accounts` did is told. */
  readonly deeds: DeedRows;
  readonly workshop: (facts: PageFacts) => Workshop;
  readonly register: Pick<RegisterThread, "ask">;
  /** Grace days of the site. */
  readonly graceDays: number;
  readonly usesOf: RegisterDeps["usesOf"];
  readonly access: RegisterDeps["access"];
  readonly reasons: RegisterDeps["reasons"];
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
  const asking = registerDeps(parts);
  const register = openRegister({ ...asking, usesOf: parts.usesOf });
  const facts = () => gateFacts({ ...parts, accounts, now: asking.now });
  const { where, tls, close: noMore } = await secured(parts);
  try {
    const http = await openHttp(where, {
      ...(tls === undefined ? {} : { tls }),
      desk: parts.desk,
      ...(parts.bench === undefined ? {} : { bench: parts.bench }),
      ...(parts.onAccount === undefined ? {} : { onAccount: parts.onAccount }),
      assets: parts.assets,
      metricsText: parts.metricsText,
      traffic: parts.traffic,
      inForce: { sha256: configSha256(loaded.text), standsIn: loaded.broken !== undefined },
      accounts,
      workshop: parts.workshop({
        accounts,
        ...(tls?.fingerprint === undefined ? {} : { fingerprint: tls.fingerprint }),
      }),
      register: { register, keeping: { ...config.retention, graceDays: parts.graceDays } },
      impact: openImpact({ ...asking, facts }),
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
        noMore();
        await http.close();
        await accounts.close();
      },
    };
  } catch (cause) {
    noMore();
    await accounts.close();
    throw cause;
  }
}

interface Secured {
  readonly where: { readonly host: string; readonly port: number };
  readonly tls?: Tls;
  close(): void;
}

/** What was asked for encrypted never goes in the clear: without a certificate the page is this machine's alone. */
async function secured({ loaded, clock, log, metrics }: PageParts): Promise<Secured> {
  const { config, secrets } = loaded;
  const { page } = config;
  const done = () => undefined;
  if (page.tls === undefined) return { where: page, close: done };
  if (page.tls !== "auto") {
    const text = (place: string): string => secrets.files.get(`page.tls.${place}`) ?? "";
    return { where: page, tls: { pair: { cert: text("cert"), key: text("key") }, onRenewed: done }, close: done };
  }
  const onTrouble = (fault: GateError): void => {
    metrics.fault(fault.code);
    log.error({ code: fault.code, message: fault.message }, "the page's certificate can't be made");
  };
  try {
    const certificate = await openCertificate({
      folder: join(loaded.dataDir, TLS_FOLDER),
      names: [...(EVERY_ADDRESS.has(page.host) ? [] : [page.host]), ...page.hosts],
      title: `${config.site.id} ${config.gate.id}`,
      wallMs: () => clock.now().wall.epochMs,
      onTrouble,
    });
    log.info({ fingerprint: certificate.fingerprint }, "the page's certificate: install it from /ca");
    return { where: page, tls: certificate, close: certificate.close };
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    onTrouble(cause);
    return { where: { host: "127.0.0.1", port: page.port }, close: done };
  }
}

function openAccountsAt({ loaded, clock, log, metrics, deeds }: PageParts): AccountsOpen {
  return openAccounts({
    file: join(loaded.dataDir, ACCOUNTS_FILE),
    reserve: join(loaded.dataDir, "start.reserve"),
    now: () => clock.at(),
    wallMs: () => clock.now().wall.epochMs,
    site: loaded.config.site.name,
    deeds,
    onTrouble(fault) {
      metrics.fault(fault.code);
      log.error({ code: fault.code, message: fault.message }, "accounts can't be read or written");
    },
  });
}

const registerDeps = (parts: PageParts): Omit<RegisterDeps, "usesOf"> => ({
  thread: parts.register,
  now: () => parts.clock.now().wall.epochMs,
  changed: parts.listChanged,
  access: parts.access,
  reasons: parts.reasons,
  onFault(fault) {
    parts.metrics.fault(fault.code);
    parts.log.warn({ code: fault.code, message: fault.message }, "the register couldn't do what it was asked");
  },
});

/** There is no default password: whoever sees this machine's console or journal makes the first account. */
function tellSetupCode(accounts: AccountsOpen, simulation: boolean, log: Log): void {
  const code = simulation ? undefined : accounts.setupCode();
  if (code !== undefined) log.warn({ setupCode: code }, "no account yet: the first admin is made with this code");
}
