/** The running gate's own word, for `gatepost doctor`: is it ready, which device isn't there; and the broker it needs. */
import { existsSync, readFileSync } from "node:fs";
import { request as secureRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { type MachinePlaces, mosquittoDelays } from "../adapters/machine.ts";
import type { Loaded } from "../config/load.ts";
import { words } from "../config/problem.ts";
import { TLS_FOLDER } from "../main-page.ts";
import { type DoctorFinding, found } from "./doctor-table.ts";
import type { DoctorPart } from "./works.ts";

/** Most of what one answer is waited for: a gate on an old Pi, at its start or under load, needs some seconds for its first. */
const WAIT_MS = 20_000;
/** A connection on this machine or its own net is there at once, or there is nobody. */
const CONNECT_MS = 3_000;
const readySchema = z.object({ ready: z.boolean(), why: z.array(z.string()) });
const stateSchema = z.object({
  view: z.object({
    devices: z.array(z.object({ id: z.string(), link: z.object({ is: z.string(), why: z.string().optional() }) })),
  }),
});

/** Where this machine reaches its own page. */
export function pageUrl({ config }: Pick<Loaded, "config">): string {
  const { host, port } = config.page;
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** The state is told over TLS alone where the page has it; the certificate is looked at, its name isn't: it is this machine. */
function stateOf({ config, dataDir, secrets }: Loaded): Promise<unknown> {
  const { tls, port } = config.page;
  const url = pageUrl({ config });
  if (tls === undefined)
    return asked(`${url}/api/v1/state`, secrets.operatorToken).then((answer) => answer?.json().catch(() => undefined));
  const ca = tls === "auto" ? authorityOf(dataDir) : secrets.files.get("page.tls.cert");
  const { operatorToken: token } = secrets;
  return new Promise((done) => {
    const sent = secureRequest(
      {
        host: new URL(url).hostname.replace(/^\[|\]$/g, ""),
        port,
        path: "/api/v1/state",
        timeout: WAIT_MS,
        ...(ca === undefined ? {} : { ca }),
        checkServerIdentity: () => undefined,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          text += part;
        });
        answer.on("end", () => done(jsonOf(text)));
      },
    );
    sent.on("error", () => done(undefined));
    sent.on("timeout", () => sent.destroy());
    sent.end();
  });
}

function authorityOf(dataDir: string): string | undefined {
  const file = join(dataDir, TLS_FOLDER, "ca.crt");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told as unreadable
  }
}

/** Undefined = nobody answers, or not in time. */
export async function asked(url: string, token?: string): Promise<Response | undefined> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(url, { headers, signal: AbortSignal.timeout(WAIT_MS) }).catch(() => undefined);
}

export async function gatePart(loaded: Loaded): Promise<DoctorPart> {
  const title = words("运行中的门岗", "The running gate");
  const url = pageUrl(loaded);
  const ready = readySchema.safeParse(await (await asked(`${url}/readyz`))?.json().catch(() => undefined));
  if (!ready.success) return { part: "gate", title, says: url, findings: [found("GATE_NOT_RUNNING", url)] };
  const devices = await deviceFindings(url, loaded);
  const findings = ready.data.ready ? devices : [found("GATE_NOT_READY", ready.data.why.join("; ")), ...devices];
  return { part: "gate", title, says: url, findings };
}

async function deviceFindings(url: string, loaded: Loaded): Promise<readonly DoctorFinding[]> {
  const state = stateSchema.safeParse(await stateOf(loaded));
  if (!state.success) return [found("STATE_UNREADABLE", url)];
  return state.data.view.devices
    .filter(({ link }) => link.is !== "up")
    .map(({ id, link }) => found("DEVICE_DOWN", `${id}: ${link.why ?? link.is}`));
}

export async function brokerPart({ config }: Loaded, machine: MachinePlaces): Promise<DoctorPart> {
  const title = words("MQTT 服务器", "MQTT broker");
  const { external } = config.mqtt ?? {};
  if (external === undefined)
    return { part: "broker", title, says: config.mqtt === undefined ? "–" : "embedded 内置", findings: [] };
  const { hostname, port, protocol } = new URL(external.url);
  const host = hostname.replace(/^\[|\]$/g, "");
  const reached = await reaches(host, Number(port || (protocol === "mqtts:" ? 8883 : 1883)));
  const here = /^(localhost|127\.|::1$)/.test(host);
  return {
    part: "broker",
    title,
    says: `${protocol}//${hostname}`,
    findings: [
      ...(reached ? [] : [found("BROKER_UNREACHABLE", `${hostname}:${port}`)]),
      ...(here && mosquittoDelays(machine) === true ? [found("BROKER_DELAYS", "/etc/mosquitto/mosquitto.conf")] : []),
    ],
  };
}

/** A connection that is made and ended; not a word is said. */
function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const end = (reached: boolean) => {
      socket.destroy();
      done(reached);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
