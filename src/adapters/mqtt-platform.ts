/**
 * The line to the county platform: MQTT 5 (or 3.1.1) with TLS and a client certificate. mqtt.js keeps the session; our messages and
 * their acknowledgements go past it, many in one write, because its bookkeeping costs more than all the rest of sending.
 */
import type { Socket } from "node:net";
import { type IClientOptions, MqttClient } from "mqtt";
import type { CommandHeard, LinkState, Parcel, PlatformLine } from "../shell/ports.ts";
import { clientOptions, dial } from "./mqtt-dial.ts";
import { numberedPackets } from "./mqtt-packets.ts";
import { openPublishLine, type PublishLine } from "./mqtt-publishes.ts";

export interface PlatformSettings {
  readonly url: string;
  /** 5; 4 (MQTT 3.1.1) for a platform whose broker speaks nothing newer: it gives no reasons and no limits. */
  readonly version: 4 | 5;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Where the platform tells what it has stored. */
  readonly receiptTopic?: string;
  /** Below it the platform asks things of us: `…/cmd`. */
  readonly commandTopic?: string;
}

export interface PlatformDeps {
  readonly now: () => number;
  readonly random: () => number;
  /** What the broker is to say when our line breaks; asked once for each connection. */
  readonly lastWill: () => { readonly topic: string; readonly payload: string };
  /** The broker doesn't let us read commands; all else goes on. */
  readonly onDeaf?: (why: string) => void;
}

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** A connection that the broker ends within this time, without a word, so many times in a row: somebody else has our name. */
const SHORT_LIFE_MS = 90_000;
const MOST_SHORT_LIVES = 3;
/** Beyond this the socket is full, and we wait. */
const MOST_BUFFERED = 256 * 1024;
/** Ours up to here; mqtt.js numbers its few packets above. */
const LAST_OF_OURS = 60_000;
const LAST_NUMBER = 65_535;
const NO_LIMIT = 268_435_455;
/** More than any command or receipt; what is longer the broker keeps to itself. */
const LONGEST_HEARD = 262_144;
/** MQTT 5, 3.8.3.1: not our own answers; the retain flag as the sender set it, so that it can be refused. */
const COMMAND_SUBSCRIPTION = { qos: 1, nl: true, rap: true, rh: 0 } as const;

export function openPlatform(settings: PlatformSettings, deps: PlatformDeps): PlatformLine {
  const states: ((state: LinkState) => void)[] = [];
  const answers: ((number: number, reason: number) => void)[] = [];
  const drains: (() => void)[] = [];
  const receipts: ((payload: Uint8Array) => void)[] = [];
  const commands: ((command: CommandHeard) => void)[] = [];
  let state: LinkState = { is: "starting", since: deps.now() };
  let socket: Socket | undefined;
  let publishes: PublishLine | undefined;
  let limits = { bytes: NO_LIMIT, inFlight: LAST_OF_OURS };
  let tries = 0;
  let trouble: string | undefined;
  let takenAt: number | undefined;
  let shortLives = 0;
  let again: NodeJS.Timeout | undefined;
  let closed = false;

  function tell(is: LinkState["is"], why?: string): void {
    state = { is, since: deps.now(), ...(why === undefined ? {} : { why }) };
    for (const each of states) each(state);
  }

  function build(): PublishLine["stream"] {
    const opened = dial(settings);
    opened.on("drain", () => {
      for (const each of drains) each();
    });
    socket = opened;
    publishes = openPublishLine(
      opened,
      settings.version,
      ({ topic, payload, messageId, retain, dup }) => {
        // What an older connection still delivers is nobody's any more.
        if (opened !== socket) return;
        if (messageId !== undefined) publishes?.acknowledge(messageId);
        const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
        if (topic === settings.receiptTopic) for (const each of receipts) each(bytes);
        const asked = commandOf(topic, settings.commandTopic);
        if (asked !== undefined)
          for (const each of commands) each({ topic: asked, bytes, retained: retain, redelivered: dup });
      },
      (messageId, reason) => {
        if (messageId > LAST_OF_OURS) return false;
        // A broker that takes something is well; one that only lets us connect may not be.
        if (reason === 0) tries = 0;
        if (opened === socket && state.is === "up") for (const each of answers) each(messageId, reason);
        return true;
      },
    );
    const { topic, payload } = deps.lastWill();
    client.options.will = { topic, payload: Buffer.from(payload), qos: 1, retain: true };
    return publishes.stream;
  }

  const client: MqttClient = new MqttClient(() => build(), sessionOptions(settings));

  client.on("connect", (told) => {
    limits = {
      bytes: told.properties?.maximumPacketSize ?? NO_LIMIT,
      inFlight: Math.min(LAST_OF_OURS, told.properties?.receiveMaximum ?? LAST_OF_OURS),
    };
    trouble = undefined;
    takenAt = deps.now();
    askForCommands(() => askForReceipts(() => tell("up")));
  });

  /** Before the connection's number is told: whoever knows it must be heard. */
  function askForCommands(then: () => void): void {
    if (settings.commandTopic === undefined) return then();
    const filter = `${settings.commandTopic}/+`;
    tell("starting", "asking for the platform's commands");
    client.subscribe({ [filter]: settings.version === 5 ? COMMAND_SUBSCRIPTION : { qos: 1 } }, (error) => {
      if (closed || !client.connected) return;
      if (error !== null) deps.onDeaf?.(`the platform's broker doesn't let us read ${filter}`);
      then();
    });
  }

  function askForReceipts(then: () => void): void {
    if (settings.receiptTopic === undefined) return then();
    tell("starting", "asking for the platform's receipts");
    client.subscribe(settings.receiptTopic, { qos: 1 }, (error) => {
      if (closed || !client.connected) return;
      if (error === null) then();
      else drop(`the platform's broker doesn't let us read ${settings.receiptTopic ?? ""}`);
    });
  }
  client.on("disconnect", ({ reasonCode }) => {
    trouble = farewell(reasonCode ?? 0);
  });
  client.on("error", (error) => {
    // After the broker has taken us it is an end like any other, not a refusal.
    if (takenAt === undefined || !isHungUp(error)) trouble = plain(error);
  });
  client.on("close", () => {
    if (closed) return;
    if (takenAt !== undefined && trouble === undefined)
      shortLives = deps.now() - takenAt < SHORT_LIFE_MS ? shortLives + 1 : 0;
    const ended = takenAt === undefined ? UNANSWERED : "the platform's broker closed the connection";
    takenAt = undefined;
    const why = trouble ?? (shortLives < MOST_SHORT_LIVES ? ended : CROWDED_OUT);
    if (state.is !== "down" || state.why !== why) tell("down", why);
    again ??= setTimeout(
      () => {
        again = undefined;
        trouble = undefined;
        client.reconnect();
      },
      deps.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** tries++),
    );
  });

  function drop(why: string): void {
    if (closed || state.is === "down") return;
    trouble = why;
    tell("down", why);
    socket?.destroy();
  }

  client.connect();
  return {
    state: () => state,
    onState: (hear) => void states.push(hear),
    onAnswer: (hear) => void answers.push(hear),
    onDrain: (hear) => void drains.push(hear),
    onReceipt: (hear) => void receipts.push(hear),
    onCommand: (hear) => void commands.push(hear),
    limits: () => limits,
    send(parcels: readonly Parcel[]) {
      if (state.is !== "up" || socket === undefined || socket.writableLength > MOST_BUFFERED) return false;
      publishes?.write(numberedPackets(parcels, settings.version));
      return true;
    },
    drop,
    async close() {
      closed = true;
      clearTimeout(again);
      await client.endAsync(!client.connected);
      tell("closed");
    },
  };
}

/** The topic's last word, where it is one below ours; but for our own answers, which MQTT 3.1.1 brings back to us. */
function commandOf(topic: string, below: string | undefined): string | undefined {
  const word = below !== undefined && topic.startsWith(`${below}/`) ? topic.slice(below.length + 1) : undefined;
  return word === "result" ? undefined : word;
}

function sessionOptions(settings: PlatformSettings): IClientOptions {
  let number = LAST_OF_OURS;
  return {
    ...clientOptions(settings),
    protocolVersion: settings.version,
    // What we sent is in the journal, and what the platform says is said again: nothing needs a session.
    clean: true,
    keepalive: 30,
    connectTimeout: 15_000,
    ...(settings.version === 5 ? { properties: { maximumPacketSize: LONGEST_HEARD } } : {}),
    messageIdProvider: {
      allocate() {
        number = number === LAST_NUMBER ? LAST_OF_OURS + 1 : number + 1;
        return number;
      },
      getLastAllocated: () => number,
      register: () => true,
      deallocate: () => undefined,
      clear: () => undefined,
    },
  };
}

/** Mosquitto, and MQTT 3.1.1 everywhere, put out the older of two clients with one name without saying so. */
const CROWDED_OUT =
  "the platform's broker takes us and closes again, time after time: is there a copy of this machine's card, or another client with our name?";

/** Mosquitto with all its places taken (`max_connections`), and firewalls, hang up without a CONNACK. */
const UNANSWERED =
  "the platform hangs up before it answers: has its broker no place for another client, or doesn't it take our address?";

/** Why the broker ended it (MQTT 5, 3.14.2.1). */
function farewell(reason: number): string {
  if (reason === 0x8e) return "another client came with our name (MQTT 0x8E): is there a copy of this machine's card?";
  if (reason === 0x95) return "the platform's broker found a message too large (MQTT 0x95)";
  if (reason === 0x97) return "the platform's broker has no room for us: quota exceeded (MQTT 0x97)";
  if (reason === 0x8b) return "the platform's broker is shutting down (MQTT 0x8B)";
  return `the platform's broker ended the connection (MQTT 0x${reason.toString(16)})`;
}

const isHungUp = (error: Error): boolean => "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");

/** What to do about it. */
function plain(error: Error): string {
  const code = "code" in error ? String(error.code) : "";
  const said = `${code} ${error.message}`;
  if (/SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|DEPTH_ZERO/.test(code))
    return `the platform's certificate isn't from our CA (${code}); check uplink.caFile`;
  if (code === "CERT_HAS_EXPIRED") return "the platform's certificate has expired, or our clock is wrong";
  if (code === "CERT_NOT_YET_VALID") return "the platform's certificate isn't valid yet, or our clock is wrong";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "the platform's certificate is for another host name";
  if (/alert certificate expired/i.test(said)) return "our certificate has expired; ask the platform for a new one";
  if (/alert (unknown ca|bad certificate|certificate (unknown|required|revoked))/i.test(said))
    return "the platform doesn't accept our certificate; check uplink.certFile and keyFile";
  if (code === "ECONNREFUSED") return "nobody listens at the platform's address (ECONNREFUSED)";
  if (isHungUp(error)) return UNANSWERED;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return "the platform's host name isn't found; is there a line at all?";
  if (code === "134" || code === "135") return "the platform's broker refuses our name, password or certificate";
  if (code === "133") return "the platform's broker doesn't accept our client id";
  if (code === "151" || code === "137" || code === "136")
    return `the platform's broker has no room for us (MQTT ${code})`;
  return error.message === "" ? code : error.message;
}
