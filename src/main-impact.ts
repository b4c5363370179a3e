/** What the gate knows for an impact assessment, from its configuration, its accounts, its terminals and its traffic. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isLoopback } from "./adapters/http-border.ts";
import type { TrafficDeps } from "./adapters/http-traffic.ts";
import type { GateFacts } from "./adapters/register-impact.ts";
import type { Loaded } from "./config/load.ts";
import type { GateConfig } from "./config/schema.ts";
import type { ImpactFacts, Leaving, Measure } from "./core/impact.ts";
import { ROLES, rightsOf } from "./core/roles.ts";
import { dateText, dayOf, localHour } from "./core/traffic-hours.ts";
import { parityView } from "./core/traffic-view.ts";
import { PICTURES_FOLDER } from "./main-terminals.ts";
import type { Accounts } from "./shell/accounts.ts";
import type { TerminalView } from "./shell/desk.ts";

export interface ImpactParts {
  readonly loaded: Loaded;
  readonly accounts: Pick<Accounts, "list">;
  readonly terminals: () => readonly Pick<TerminalView, "device" | "holds">[];
  readonly traffic: Pick<TrafficDeps, "book" | "offsetMin">;
  /** Rows of the journal. */
  readonly rows: () => number;
  /** Wall ms. */
  readonly now: () => number;
}

/** Days of traffic that the ways in are compared over. */
const PARITY_DAYS = 30;
/** Rights that show something of people. */
const SHOWING: ReadonlySet<string> = new Set(["watch", "figures", "people", "wire", "accounts"]);

export async function gateFacts(parts: ImpactParts): Promise<GateFacts> {
  const { loaded, terminals } = parts;
  const { config } = loaded;
  const { retention, enrolment, site } = config;
  const leaves = leavingOf(config);
  const roles = rolesOf(parts.accounts);
  return {
    site: site.name,
    gate: config.gate.name,
    simulation: config.simulation,
    purposes: config.devices.flatMap(({ id, purpose }) => (purpose === undefined ? [] : [{ device: id, purpose }])),
    terminals: terminals().map(({ device, holds }) => ({ device, faces: holds })),
    facesAlone: facesAlone(loaded),
    parity: await parityOf(parts),
    kept: {
      strangerDays: retention.strangerDays,
      usedEventDays: retention.usedEventDays,
      graceDays: site.graceDays,
      lateDays: enrolment.lateDays,
      pictureDays: enrolment.pictureDays,
      keepPictures: enrolment.keepPictures ? 1 : 0,
      snapshotSeconds: config.page.snapshotSeconds,
    },
    roles,
    leaves,
    measures: measuresOf(config, roles, leaves),
    pictures: picturesIn(join(loaded.dataDir, PICTURES_FOLDER)),
    rows: parts.rows(),
  };
}

function rolesOf(accounts: ImpactParts["accounts"]): ImpactFacts["roles"] {
  const inUse = accounts.list().filter(({ disabled }) => !disabled);
  return ROLES.map((role) => {
    const its = inUse.filter((one) => one.role === role);
    return {
      role,
      accounts: its.length,
      codes: its.filter(({ totp }) => totp).length,
      rights: rightsOf(role).filter((right) => SHOWING.has(right)),
    };
  });
}

function facesAlone({ config, warnings }: Loaded): readonly string[] {
  const places = warnings.filter(({ code }) => code === "FACE_ONLY").map(({ path }) => path);
  return config.lanes.flatMap(({ accessPoints }, lane) =>
    accessPoints
      .filter((_point, n) => places.some((place) => place.startsWith(`lanes[${lane}].accessPoints[${n}].`)))
      .map(({ id }) => id),
  );
}

async function parityOf({ loaded, traffic, now }: ImpactParts): Promise<ImpactFacts["parity"]> {
  const to = dayOf(localHour(now(), traffic.offsetMin));
  const range = { from: to - PARITY_DAYS + 1, to };
  const hours = await traffic.book.hours(Array.from({ length: PARITY_DAYS }, (_, n) => range.from + n));
  const { lanes } = loaded.config;
  const { parity, parityVerdicts } = parityView(hours, range, lanes);
  return {
    from: dateText(range.from),
    to: dateText(range.to),
    lanes: parityVerdicts.map((verdict) => {
      const here = parity.filter(({ lane }) => lane === verdict.lane);
      const counted = (face: boolean): number =>
        here.reduce((sum, { way, count }) => sum + ((way === "face") === face ? count : 0), 0);
      return {
        lane: lanes.find(({ id }) => id === verdict.lane)?.name ?? verdict.lane,
        faces: counted(true),
        others: counted(false),
        is: verdict.is,
        faceMs: verdict.is === "few" ? null : Math.round(verdict.faceMs),
        othersMs: verdict.is === "few" ? null : Math.round(verdict.othersMs),
      };
    }),
  };
}

function leavingOf({ uplink, viid, homeAssistant, sharing, mqtt }: GateConfig): readonly Leaving[] {
  const to: Leaving[] = [];
  if (uplink !== undefined) {
    const plain = uplink.plates === "plain";
    const what = plain ? (["pseudonyms", "plates"] as const) : (["pseudonyms"] as const);
    const ground = plain ? (uplink.platesGround ?? "") : "";
    if (uplink.url !== undefined)
      to.push({ to: "platform", address: hostOf(uplink.url), encrypted: isEncrypted(uplink.url), what, ground });
    if (uplink.carry !== undefined) to.push({ to: "stick", address: "", encrypted: true, what, ground });
  }
  if (viid !== undefined)
    to.push({
      to: "viid",
      address: hostOf(viid.url),
      encrypted: isEncrypted(viid.url),
      what: [
        ...(viid.plates === "plain" ? (["plates"] as const) : []),
        ...(viid.persons ? (["persons"] as const) : []),
        ...(viid.faces ? (["faces"] as const) : []),
      ],
      ground: [viid.platesGround, viid.facesGround, viid.clearTextGround].flatMap((text) => text ?? []).join("；"),
    });
  const home = homeAssistant && (homeAssistant.broker ?? mqtt?.external);
  if (home !== undefined)
    to.push({ to: "home", address: hostOf(home.url), encrypted: isEncrypted(home.url), what: ["states"], ground: "" });
  const gates = sharing && (sharing.broker ?? mqtt?.external);
  if (gates !== undefined)
    to.push({
      to: "gates",
      address: hostOf(gates.url),
      encrypted: isEncrypted(gates.url),
      what: ["pseudonyms"],
      ground: "",
    });
  return to;
}

const isEncrypted = (url: string): boolean => /^(mqtts|https):/.test(url);
/** A user's name and password may stand in an address: they go no further. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : "");

function measuresOf(
  { page, mqtt, http, enrolment }: GateConfig,
  roles: ImpactFacts["roles"],
  leaves: readonly Leaving[],
): ImpactFacts["measures"] {
  const beyond = (part: { readonly host: string; readonly tls?: unknown } | undefined): readonly boolean[] =>
    part === undefined || isLoopback(part.host) ? [] : [part.tls !== undefined];
  const broker = mqtt?.external?.url;
  const read = roles.filter(({ role }) => role === "clerk" || role === "admin");
  const anybody = roles.some(({ accounts }) => accounts > 0);
  return {
    "page-tls": allOn(beyond(page)),
    "devices-tls": allOn([
      ...beyond(mqtt?.embedded),
      ...beyond(http),
      ...(broker === undefined ? [] : [isEncrypted(broker)]),
    ]),
    "lines-tls": allOn(leaves.map(({ encrypted }) => encrypted)),
    accounts: anybody ? "on" : "off",
    "one-time-codes": anybody && read.every(({ accounts, codes }) => accounts === codes) ? "on" : "off",
    consent: enrolment.consent === "required" ? "on" : "off",
    // What follows is how this program is made; no setting takes it away.
    "no-features": "on",
    "rows-sealed": "on",
    "list-sealed": "off",
    chain: "on",
    "backups-sealed": "on",
  };
}

const allOn = (all: readonly boolean[]): Measure => (all.length === 0 ? "unused" : all.every(Boolean) ? "on" : "off");

function picturesIn(folder: string): number {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".jpg")).length;
  } catch {
    return 0; // no folder: no picture was ever given
  }
}
