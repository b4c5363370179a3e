/**
 * The line to a platform that speaks GA/T 1400 over HTTP: one question at a time with an end to its patience, and the
 * platform's digest challenge answered. What it says is for others to read; nothing here throws at its asker.
 */
import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { WebAnswer, WebLine, WebQuestion } from "../shell/ports.ts";
import { type Challenge, readChallenge } from "./digest-challenge.ts";

export interface ViidLineSettings {
  /** http(s)://host[:port][/prefix] */
  readonly url: string;
  /** Who we are: the header `User-Identify`. */
  readonly deviceId: string;
  readonly username: string;
  readonly password: string;
  readonly ca?: string;
  /** From the question to the last byte of the answer, ms. */
  readonly patienceMs: number;
}

/** More than any status list of a batch; a platform that goes on and on is cut off. */
const MOST_BYTES = 1024 * 1024;

export function openViidLine(settings: ViidLineSettings): WebLine {
  const url = new URL(settings.url);
  const secure = url.protocol === "https:";
  const prefix = url.pathname.replace(/\/+$/, "");
  const agent = secure
    ? new HttpsAgent({
        keepAlive: true,
        maxSockets: 1,
        minVersion: "TLSv1.2",
        ...(settings.ca === undefined ? {} : { ca: settings.ca }),
      })
    : new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const who = { user: settings.username, password: settings.password };
  let challenge: Challenge | undefined;
  let asking: ClientRequest | undefined;
  let closed = false;

  /** One exchange. A connection that the platform had closed meanwhile is no answer at all: asked once more over a new one. */
  async function exchange(question: WebQuestion, sign: () => string | undefined, again = true): Promise<Heard> {
    const authorization = sign();
    const heard = await new Promise<Heard>((done) => {
      const body = question.body === undefined ? undefined : Buffer.from(question.body);
      const sent = (secure ? requestHttps : requestHttp)(
        {
          agent,
          host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
          ...(url.port === "" ? {} : { port: url.port }),
          method: question.method,
          path: `${prefix}${question.path}`,
          headers: {
            Accept: "application/json",
            "User-Identify": settings.deviceId,
            ...(authorization === undefined ? {} : { Authorization: authorization }),
            ...(body === undefined
              ? {}
              : { "Content-Type": "application/VIID+JSON;charset=UTF-8", "Content-Length": body.length }),
          },
        },
        (response) => hear(response, (end) => over({ ...end, stale: false })),
      );
      asking = sent;
      const patience = setTimeout(
        () => sent.destroy(new Error(`no answer within ${settings.patienceMs} ms`)),
        settings.patienceMs,
      );
      function over(end: Heard): void {
        clearTimeout(patience);
        if (end.is === "silent") sent.destroy();
        done(end);
      }
      sent.on("error", (error) =>
        over({
          is: "silent",
          why: plain(error),
          stale: sent.reusedSocket && "code" in error && error.code === "ECONNRESET",
        }),
      );
      sent.end(body);
    });
    asking = undefined;
    return heard.is === "silent" && heard.stale && again && !closed ? exchange(question, sign, false) : heard;
  }

  async function ask(question: WebQuestion): Promise<WebAnswer> {
    if (question.sign === "anew") challenge = undefined;
    const uri = `${prefix}${question.path}`;
    const signed = () => (question.sign === undefined ? undefined : challenge?.answer(question.method, uri));
    let heard = await exchange(question, signed);
    // Twice: the first challenge, and one more for a nonce that had just gone stale.
    for (let round = 0; round < 2 && heard.is === "answered" && heard.status === 401; round++) {
      const met = readChallenge(heard.challenges, who);
      if (met === undefined || question.sign === undefined || (round > 0 && !met.stale)) break;
      challenge = met;
      heard = await exchange(question, signed);
    }
    if (heard.is === "silent") return { is: "silent", why: heard.why };
    return { is: "answered", status: heard.status, text: heard.text, challenged: heard.challenges.length > 0 };
  }

  return {
    ask: (question) => (closed ? Promise.resolve({ is: "silent", why: "closed" }) : ask(question)),
    close() {
      closed = true;
      asking?.destroy(new Error("closed"));
      agent.destroy();
    },
  };
}

/** `stale` = the connection had been closed before we asked. */
type Heard = Ended & { readonly stale: boolean };
type Ended =
  | { readonly is: "answered"; readonly status: number; readonly text: string; readonly challenges: readonly string[] }
  | { readonly is: "silent"; readonly why: string };

function hear(response: IncomingMessage, over: (end: Ended) => void): void {
  const pieces: Buffer[] = [];
  let bytes = 0;
  response.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MOST_BYTES)
      return over({ is: "silent", why: `the platform's answer is longer than ${MOST_BYTES} bytes` });
    pieces.push(piece);
  });
  response.on("error", (error) => over({ is: "silent", why: plain(error) }));
  response.on("end", () =>
    over(
      response.complete
        ? {
            is: "answered",
            status: response.statusCode ?? 0,
            text: Buffer.concat(pieces).toString("utf8"),
            challenges: response.headersDistinct["www-authenticate"] ?? [],
          }
        : { is: "silent", why: "the platform hung up in the middle of its answer" },
    ),
  );
}

/** What to do about it. */
function plain(error: Error): string {
  const code = "code" in error ? String(error.code) : "";
  if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|DEPTH_ZERO/.test(code))
    return `the platform's certificate isn't from our CA (${code}); check viid.caFile`;
  if (code === "CERT_HAS_EXPIRED") return "the platform's certificate has expired, or our clock is wrong";
  if (code === "CERT_NOT_YET_VALID") return "the platform's certificate isn't valid yet, or our clock is wrong";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "the platform's certificate is for another host name";
  if (code === "ECONNREFUSED") return "nobody listens at the platform's address (ECONNREFUSED)";
  if (code === "ECONNRESET") return "the platform hung up (ECONNRESET)";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return "the platform's host name isn't found; is there a line at all?";
  return error.message === "" ? code : error.message;
}
