/**
 * The embedded broker (aedes): one credential per device, and a list of topics that each may use; everything else is
 * refused. It knows who sent a message, which no outside broker tells us, so that an event counts only from the client
 * that owns the device. PUBACK goes out when `settle` is called: after the row is on the disk.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Aedes, type AuthenticateError, type Client, type Connection, type PublishPacket } from "aedes";
import { generate } from "mqtt-packet";
import { GateError } from "../core/fault.ts";
import type { LinkState, MqttHeard, MqttLink } from "../shell/ports.ts";
import { dropWhenDestroyed } from "./drop.ts";

export interface BrokerDevice {
  /** The device on the wall that this credential belongs to. */
  readonly owner: string;
  readonly username: string;
  readonly password: string;
  /** Topic filters it may publish to, and those it may subscribe to. */
  readonly publishes: readonly string[];
  readonly subscribes: readonly string[];
}

export interface BrokerSettings {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly devices: readonly BrokerDevice[];
  /** PEM texts; with them only encrypted connections are taken (TLS 1.2 or newer). */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly now: () => number;
  /** Somebody tried a topic, or a login, that isn't his. */
  readonly onForged: (owner: string | undefined, what: string) => void;
  /** A message of a device's own that is longer than any may be. */
  readonly onTooLong: (owner: string | undefined) => void;
}

export interface Broker extends MqttLink {
  readonly port: number;
}

/** A connection that has proved whose it is. */
interface Held {
  readonly device: BrokerDevice;
  readonly epoch: number;
  readonly mayPublish: (topic: string) => boolean;
}

const MOST_CONNECTIONS = 256;
const MOST_PAYLOAD = 4 * 1024 * 1024;
/**
 * What may come without making a whole message: aedes gathers up to 256 MB, for anybody, before it looks. More than
 * {@link MOST_PAYLOAD}, so that a picture somewhat too large costs the device that message and not its connection.
 */
const MOST_UNREAD = 8 * 1024 * 1024;
const MOST_BEFORE_LOGIN = 64 * 1024;

/** How much of what a connection sent has been made into messages. */
interface Heeded {
  readonly socket: Socket;
  upTo: number;
  owner: string | undefined;
}

/** @throws GateError PORT_BUSY, CONFIG_INVALID (a certificate or key that isn't one) */
export async function openBroker(settings: BrokerSettings): Promise<Broker> {
  const byName = new Map(settings.devices.map((device) => [device.username, device]));
  const owners = new Map<Client, Held>();
  const subscriptions = new Map<Client, Set<string>>();
  const here = new Set<Client>();
  const sockets = new Map<Connection, Heeded>();
  const hearers: ((message: MqttHeard) => void)[] = [];
  const states: ((state: LinkState) => void)[] = [];
  const clients: ((owner: string, connected: boolean) => void)[] = [];
  let state: LinkState = { is: "up", since: settings.now() };
  let epoch = 0;

  const aedes = await Aedes.createBroker({
    connectTimeout: 10_000,
    maxClientsIdLength: 128,
    keepaliveLimit: 600,
    queueLimit: 1_000,
    authenticate(client, username, password, done) {
      const device = byName.get(username ?? "");
      if (device === undefined || password === undefined || !same(password, device.password)) {
        settings.onForged(device?.owner, `login as ${String(username).slice(0, 64)}`);
        const refusal: AuthenticateError = Object.assign(new Error("not this user"), { returnCode: 4 });
        return done(refusal, false);
      }
      // A second client of the same device takes over only from itself; ids of other devices stay theirs.
      for (const [other, held] of owners) {
        if (other.id === client.id && held.device.owner !== device.owner) {
          settings.onForged(device.owner, `client id of ${held.device.owner}`);
          const refusal: AuthenticateError = Object.assign(new Error("client id in use"), { returnCode: 2 });
          return done(refusal, false);
        }
      }
      owners.set(client, { device, epoch: ++epoch, mayPublish: allowing(device.publishes) });
      heed(client, device.owner);
      done(null, true);
    },
    authorizePublish(client, packet, done) {
      // A will comes without a live client; it is spoken by its owner all the same.
      const held = client === null ? undefined : owners.get(client);
      if (client === null || held === undefined) return done(null);
      heed(client);
      if (!held.mayPublish(packet.topic)) {
        settings.onForged(held.device.owner, packet.topic);
        return done(new Error("not this device's topic"));
      }
      if (packet.payload.length > MOST_PAYLOAD) {
        settings.onTooLong(held.device.owner);
        // Acknowledged, or it would be sent again for ever; it goes nowhere.
        packet.retain = false;
        return done(null);
      }
      // What a closed connection says is its will: written when it was opened, so it is no event of now.
      hear(packet, { owner: held.device.owner, epoch: held.epoch, beforeConnection: client.closed }, () => done(null));
    },
    authorizeSubscribe(client, subscription, done) {
      const held = owners.get(client);
      heed(client);
      if (held === undefined || !held.device.subscribes.some((allowed) => covers(allowed, subscription.topic))) {
        settings.onForged(held?.device.owner, `subscribe ${subscription.topic}`);
        return done(null, null); // answered with 0x80, the rest of the connection goes on
      }
      subscriptions.set(client, (subscriptions.get(client) ?? new Set()).add(subscription.topic));
      done(null, subscription);
    },
    // Devices never hear each other; what we send goes out directly (publish below).
    authorizeForward: () => null,
  });

  /** A whole message has come from there. */
  function heed({ conn }: Client, owner?: string): void {
    const heeded = sockets.get(conn);
    if (heeded === undefined) return;
    heeded.upTo = heeded.socket.bytesRead;
    heeded.owner = owner ?? heeded.owner;
  }

  function hear(
    packet: PublishPacket,
    from: Pick<MqttHeard, "epoch" | "beforeConnection"> & { readonly owner: string },
    settled: () => void,
  ): void {
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    const { retain } = packet;
    // Passed on as retained, never stored: a stored one would come back at each connection.
    packet.retain = false;
    let done = false;
    const message: MqttHeard = {
      topic: packet.topic,
      payload,
      retained: retain,
      redelivered: packet.dup,
      qos: packet.qos,
      ...from,
      settle() {
        if (done) return;
        done = true;
        settled();
      },
      // aedes has no word for it: the device sends again, or waits; each has a connection of its own.
      refuse: () => undefined,
    };
    for (const each of hearers) each(message);
    if (hearers.length === 0) message.settle();
  }

  aedes.on("ping", (_packet, client) => heed(client));
  aedes.on("unsubscribe", (topics, client) => {
    for (const topic of topics) subscriptions.get(client)?.delete(topic);
  });
  aedes.on("clientReady", (client) => {
    const held = owners.get(client);
    if (held === undefined) return;
    here.add(client);
    for (const each of clients) each(held.device.owner, true);
  });
  aedes.on("clientDisconnect", (client) => {
    const held = owners.get(client);
    owners.delete(client);
    subscriptions.delete(client);
    if (here.delete(client) && held !== undefined) for (const each of clients) each(held.device.owner, false);
  });
  aedes.on("clientError", (client) => {
    // One that was here is told as gone by its disconnect, which follows; one that never got so far has none.
    if (here.has(client)) return;
    owners.delete(client);
    subscriptions.delete(client);
  });

  const taken = (socket: Socket) => {
    if (sockets.size >= MOST_CONNECTIONS) return socket.destroy();
    const heeded: Heeded = { socket, upTo: 0, owner: undefined };
    sockets.set(socket, heeded);
    socket.setNoDelay(true);
    // Before the login there is nothing but a refusal in it, and that is to arrive.
    dropWhenDestroyed(socket, () => heeded.owner !== undefined);
    socket.once("close", () => sockets.delete(socket));
    socket.on("readable", () => {
      const most = heeded.owner === undefined ? MOST_BEFORE_LOGIN : MOST_UNREAD;
      if (socket.destroyed || socket.bytesRead - heeded.upTo <= most) return;
      if (heeded.owner === undefined) settings.onForged(undefined, "a login that is too long");
      else settings.onTooLong(heeded.owner);
      socket.destroy();
    });
    aedes.handle(socket);
  };
  const server = serverOf(settings, taken);
  await listen(server, settings).catch((cause: unknown) => {
    aedes.close();
    throw cause;
  });
  const address = server.address();

  return {
    port: typeof address === "object" && address !== null ? address.port : settings.port,
    onMessage: (each) => void hearers.push(each),
    onState: (each) => void states.push(each),
    onClient: (each) => void clients.push(each),
    state: () => state,
    async publish(topic, payload, _qos = 0) {
      const bytes = { 4: undefined as Buffer | undefined, 5: undefined as Buffer | undefined };
      let sent = 0;
      for (const [client, topics] of subscriptions) {
        if (!client.connected || ![...topics].some((filter) => matches(filter, topic))) continue;
        const version = client.version === 5 ? 5 : 4;
        bytes[version] ??= generate(
          { cmd: "publish", topic, payload: Buffer.from(payload), qos: 0, dup: false, retain: false },
          { protocolVersion: version },
        );
        client.conn.write(bytes[version]);
        sent++;
      }
      if (sent === 0) throw new GateError("BROKER_UNREACHABLE", `nobody listens to ${topic}`);
    },
    subscribe: async () => undefined,
    async close() {
      state = { is: "closed", since: settings.now() };
      for (const each of states) each(state);
      await new Promise<void>((done) => aedes.close(() => done()));
      for (const { socket } of sockets.values()) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

function serverOf({ tls }: BrokerSettings, taken: (socket: Socket) => void): Server {
  if (tls === undefined) return createServer(taken);
  try {
    // What isn't TLS, or stops in the middle of its handshake, is dropped after 10 s and concerns nobody else.
    return createTlsServer({ ...tls, minVersion: "TLSv1.2", handshakeTimeout: 10_000 }, taken);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GateError(
      "CONFIG_INVALID",
      `mqtt.embedded.tls: certificate or key can't be used: ${why} 证书或私钥无效`,
      {
        cause,
      },
    );
  }
}

function listen(server: Server, { host, port }: BrokerSettings): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const busy = cause.code === "EADDRINUSE" || cause.code === "EACCES";
      fail(
        busy
          ? new GateError(
              "PORT_BUSY",
              `MQTT ${host}:${port} is taken; set mqtt.embedded.port or GATEPOST_MQTT_PORT MQTT 端口已被占用，请改 mqtt.embedded.port 或环境变量 GATEPOST_MQTT_PORT`,
              { cause },
            )
          : cause,
      );
    });
    server.listen(port, host, () => done());
  });
}

/** In constant time, whatever the length. */
function same(given: Uint8Array, wanted: string): boolean {
  const hash = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

/** A device has few topics; those it may use are looked through once each. */
function allowing(filters: readonly string[]): (topic: string) => boolean {
  const known = new Set<string>();
  return (topic) => {
    if (known.has(topic)) return true;
    if (!filters.some((filter) => matches(filter, topic))) return false;
    if (known.size < TOPICS_KNOWN) known.add(topic);
    return true;
  };
}

const TOPICS_KNOWN = 64;

/** Whether every topic of filter `asked` falls under filter `allowed`: a device may ask for less than it is allowed, never for more. */
export function covers(allowed: string, asked: string): boolean {
  const wide = allowed.split("/");
  const narrow = asked.split("/");
  for (const [i, level] of wide.entries()) {
    if (level === "#") return true;
    const other = narrow[i];
    if (other === undefined || other === "#" || (level !== "+" && level !== other)) return false;
  }
  return wide.length === narrow.length;
}

/** Whether a topic falls under a filter with + and #. */
export function matches(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  const wanted = filter.split("/");
  const given = topic.split("/");
  for (const [i, level] of wanted.entries()) {
    if (level === "#") return true;
    if (i >= given.length || (level !== "+" && level !== given[i])) return false;
  }
  return wanted.length === given.length;
}
