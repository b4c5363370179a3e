/** The way to a broker of others, for each of our lines to one: devices, platform, Home Assistant. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { IClientOptions } from "mqtt";

export interface DialSettings {
  /** mqtt:// or mqtts://, with its port where it isn't the usual one. */
  readonly url: string;
  /** PEM. */
  readonly ca?: string | Uint8Array;
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
}

export interface Address {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  /** What the certificate must be for; an IP address is no server name (RFC 6066, 3), and is checked as an address. */
  readonly servername?: string;
}

/** Where a broker's URL leads. @throws TypeError when it is none */
export function addressOf(text: string): Address {
  const url = new URL(text);
  const secure = url.protocol === "mqtts:";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? (secure ? 8883 : 1883) : Number(url.port);
  return { secure, host, port, ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }) };
}

/** A connection to the broker, encrypted where its address says so. */
export function dial(settings: DialSettings): Socket {
  const { secure, host, port, servername } = addressOf(settings.url);
  const pem = (text: string | Uint8Array) => (typeof text === "string" ? text : Buffer.from(text));
  const socket = secure
    ? connectTls({
        host,
        port,
        minVersion: "TLSv1.2",
        ...(servername === undefined ? {} : { servername }),
        ...(settings.ca === undefined ? {} : { ca: pem(settings.ca) }),
        ...(settings.cert === undefined ? {} : { cert: pem(settings.cert) }),
        ...(settings.key === undefined ? {} : { key: pem(settings.key) }),
      })
    : connectTcp({ host, port });
  socket.setNoDelay(true);
  return socket;
}

/** What all our clients have in common: they connect when we say so, and neither queue nor subscribe by themselves. */
export const clientOptions = (settings: {
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
}): IClientOptions => ({
  clientId: settings.clientId,
  reconnectPeriod: 0, // ours, with jitter
  queueQoSZero: false,
  resubscribe: false,
  manualConnect: true,
  ...(settings.username === undefined ? {} : { username: settings.username }),
  ...(settings.password === undefined ? {} : { password: settings.password }),
});
