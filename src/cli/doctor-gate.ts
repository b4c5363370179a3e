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

/** What came of a question: `late` = not answered in time, `nobody` = no program listens, `other` = not in our language. */
export type Heard = { readonly is: "answer"; readonly text: string } | { readonly is: "late" | "nobody" | "other" };

/** The state is told over TLS alone where the page has it; the certificate is looked at, its name isn't: it is this machine. */
function stateOf({ config, dataDir, secrets }: Loaded, waitMs: number): Promise<Heard> {
  const { tls, port } = config.page;
  const url = pageUrl({ config });
  const { operatorToken: token } = secrets;
  if (tls === undefined) return asked(`${url}/api/v1/state`, { token, waitMs });
  const ca = tls === "auto" ? authorityOf(dataDir) : secrets.files.get("page.tls.cert");
  return new Promise((done) => {
    const failed = (cause: Error) => done(notHeard(cause));
    const sent = secureRequest(
      {
        host: new URL(url).hostname.replace(/^\[|\]$/g, ""),
        port,
        path: "/api/v1/state",
        signal: AbortSignal.timeout(waitMs),
        ...(ca === undefined ? {} : { ca }),
        checkServerIdentity: () => undefined,
        headers: authorized(token),
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          text += part;
        });
        answer.on("error", failed);
        answer.on("end", () => done({ is: "answer", text }));
      },
    );
    sent.on("error", failed);
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

const authorized = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

/** @param waitMs for the whole answer */
export async function asked(
  url: string,
  { token, waitMs = WAIT_MS }: { readonly token?: string | undefined; readonly waitMs?: number } = {},
): Promise<Heard> {
  try {
    const answer = await fetch(url, { headers: authorized(token), signal: AbortSignal.timeout(waitMs) });
    return { is: "answer", text: await answer.text() };
  } catch (cause) {
    return notHeard(cause);
  }
}

/** fetch hides what the system said one level deeper, https the time that was over. */
function notHeard(cause: unknown): Heard {
  const said = [cause, cause instanceof Error ? cause.cause : undefined].flatMap((one) =>
    one instanceof Error ? [one.name, "code" in one ? String(one.code) : ""] : [],
  );
  if (said.some((word) => NOBODY.has(word))) return { is: "nobody" };
  return { is: said.some((word) => LATE.has(word)) ? "late" : "other" };
}

/** Nothing listens there, or no such address is here. */
const NOBODY: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EADDRNOTAVAIL",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
]);
const LATE: ReadonlySet<string> = new Set(["TimeoutError", "ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT"]);

export async function gatePart(loaded: Loaded, waitMs = WAIT_MS): Promise<DoctorPart> {
  const title = words("运行中的门岗", "The running gate");
  const url = pageUrl(loaded);
  const part = (...findings: readonly DoctorFinding[]): DoctorPart => ({ part: "gate", title, says: url, findings });
  const heard = await asked(`${url}/readyz`, { waitMs });
  if (heard.is === "nobody") return part(found("GATE_NOT_RUNNING", url));
  if (heard.is === "late") return part(found("GATE_SILENT", `${url}: ${waitMs / 1_000} s`));
  const ready = readySchema.safeParse(heard.is === "answer" ? jsonOf(heard.text) : undefined);
  if (!ready.success) return part(found("PAGE_PORT_TAKEN", url));
  const devices = await deviceFindings(url, loaded, waitMs);
  return part(...(ready.data.ready ? [] : [found("GATE_NOT_READY", ready.data.why.join("; "))]), ...devices);
}

async function deviceFindings(url: string, loaded: Loaded, waitMs: number): Promise<readonly DoctorFinding[]> {
  const heard = await stateOf(loaded, waitMs);
  if (heard.is === "late") return [found("GATE_SILENT", `${url}: ${waitMs / 1_000} s`)];
  const state = stateSchema.safeParse(heard.is === "answer" ? jsonOf(heard.text) : undefined);
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
