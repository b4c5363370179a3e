/**
 * Our requests to one device's address. A request that can't be sent while it is fresh is not sent; an answer is bounded
 * in time and size; no redirect is followed and nothing is sent twice but to answer a challenge (401: nothing was done).
 */
import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  request as plainRequest,
  type RequestOptions,
} from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { Asking } from "../decode/terms.ts";
import type { Called, CallTimes, HttpCaller } from "../shell/ports.ts";
import { type Challenge, readChallenge } from "./digest-challenge.ts";

export interface CallSettings {
  /** `http(s)://host[:port]`. */
  readonly url: string;
  readonly auth: "none" | "basic" | "digest" | { readonly parameter: string };
  readonly username: string;
  readonly password?: string;
  /** The only authority (or the very certificate) that is believed, as PEM. */
  readonly ca?: string;
  /** The name in its certificate, where that isn't its address. */
  readonly serverName?: string;
  /** Of an answer. */
  readonly maxBytes: number;
}

/** Open connections to one device; a terminal is a small machine. */
const SOCKETS_MAX = 4;
const FORM = "application/x-www-form-urlencoded";

type Answer = Called | { readonly is: "challenged"; readonly challenges: readonly string[] };

export function openCaller(settings: CallSettings): HttpCaller {
  const url = new URL(settings.url);
  const encrypted = url.protocol === "https:";
  const trust = {
    ...(settings.ca === undefined ? {} : { ca: settings.ca }),
    ...(settings.serverName === undefined ? {} : { servername: settings.serverName }),
  };
  const kept = { keepAlive: true, maxSockets: SOCKETS_MAX, maxFreeSockets: 1 };
  const agent = encrypted ? new TlsAgent({ ...kept, ...trust }) : new Agent(kept);
  const { auth, username, password = "" } = settings;
  const who = { user: username, password };
  /** The last one is kept, so that the next request needs no second one. */
  let challenge: Challenge | undefined;
  const under = new Set<() => void>();

  /** Who we are, in the header or among the parameters. */
  function proven(asking: Asking, body: Uint8Array): { target: string; body: Uint8Array; authorization?: string } {
    const { method, target, type } = asking;
    if (typeof auth !== "string") {
      const pair = new URLSearchParams({ [auth.parameter]: password }).toString();
      if (type === FORM)
        return { target, body: Buffer.from(`${pair}${body.length === 0 ? "" : "&"}${Buffer.from(body)}`) };
      return { target: `${target}${target.includes("?") ? "&" : "?"}${pair}`, body };
    }
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const authorization = auth === "basic" ? basic : challenge?.answer(method, target);
    return { target, body, ...(authorization === undefined ? {} : { authorization }) };
  }

  function send(asking: Asking, plain: Uint8Array, { alone, freshMs, timeoutMs }: CallTimes): Promise<Answer> {
    const { target, body, authorization } = proven(asking, plain);
    const options: RequestOptions & { readonly servername?: string; readonly ca?: string } = {
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? (encrypted ? 443 : 80) : url.port,
      method: asking.method,
      path: target,
      agent: alone ? false : agent,
      headers: {
        accept: "*/*",
        ...(asking.type === "" ? {} : { "content-type": asking.type }),
        ...(body.length > 0 || asking.method !== "GET" ? { "content-length": String(body.length) } : {}),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(alone && encrypted ? trust : {}),
    };
    return new Promise((done) => {
      let request: ClientRequest;
      try {
        request = (encrypted ? tlsRequest : plainRequest)(options);
      } catch (cause) {
        // What no request can be made of: a path or a header that HTTP doesn't know.
        return done({ is: "unsent", why: reasonOf(cause) });
      }
      let why: string | undefined;
      let sent = false;
      let answering = false;
      let timer: NodeJS.Timeout | undefined;
      const begun = performance.now();
      const end = (answer: Answer): void => {
        clearTimeout(timer);
        under.delete(stop);
        done(answer);
      };
      const giveUp = (reason: string): void => {
        why ??= reason;
        request.destroy();
      };
      const stop = () => giveUp("closing");
      under.add(stop);
      timer = setTimeout(() => giveUp("it can't be reached in time"), freshMs);
      const go = (): void => {
        // The timer may be late too, on a machine that stood still.
        if (performance.now() - begun > freshMs) return giveUp("it can't be reached in time");
        clearTimeout(timer);
        timer = setTimeout(() => giveUp("no whole answer in time"), timeoutMs);
        sent = true;
        request.end(body);
      };
      request.setNoDelay(true);
      request.on("socket", (socket) => {
        if (request.reusedSocket) go();
        else socket.once(encrypted ? "secureConnect" : "connect", go);
      });
      request.on("response", (response) => {
        answering = true;
        const { statusCode: status = 0 } = response;
        void whole(response, settings.maxBytes).then((payload) => {
          if (typeof payload === "string") {
            giveUp(payload);
            return end({ is: "unanswered", why: why ?? payload });
          }
          const challenges = response.headersDistinct["www-authenticate"];
          if (status === 401 && challenges !== undefined) return end({ is: "challenged", challenges });
          end({ is: "answered", status, payload });
        });
      });
      request.on("error", (cause) => {
        why ??= reasonOf(cause);
      });
      request.on("close", () => {
        // What has begun to answer tells itself how it ended.
        if (!answering) end({ is: sent ? "unanswered" : "unsent", why: why ?? "the connection ended" });
      });
    });
  }

  return {
    async call(asking, body, times) {
      const began = performance.now();
      const first = await send(asking, body, times);
      if (first.is !== "challenged") return first;
      const refused: Called = { is: "answered", status: 401, payload: new Uint8Array(0) };
      const met = auth === "digest" ? readChallenge(first.challenges, who) : undefined;
      if (met === undefined) return refused;
      challenge = met;
      const left = times.freshMs - (performance.now() - began);
      if (left <= 0) return { is: "unsent", why: "it asked for the password too late" };
      const second = await send(asking, body, { ...times, freshMs: left });
      return second.is === "challenged" ? refused : second;
    },
    close() {
      for (const stop of under) stop();
      agent.destroy();
    },
  };
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? ("code" in cause ? `${cause.code}` : cause.message) : String(cause);

function whole(
  response: IncomingMessage,
  maxBytes: number,
): Promise<Uint8Array | "the answer is too long" | "the answer ended half-way"> {
  return new Promise((done) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) done("the answer is too long");
      else chunks.push(chunk);
    });
    response.on("end", () => done(response.complete ? Buffer.concat(chunks) : "the answer ended half-way"));
    response.on("error", () => done("the answer ended half-way"));
    response.on("close", () => done("the answer ended half-way"));
  });
}
