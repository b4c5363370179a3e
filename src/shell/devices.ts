/**
 * The devices on the wall: joins each one's link with its profile. What comes in is read, given to the loop, and
 * acknowledged once its row is durable; what must go out is made by the profile's commands.
 */
import type { ContactLevel, DeviceId, Millis, Report } from "../core/terms.ts";
import type { Args, Encode } from "../decode/encode.ts";
import type { FrameState } from "../decode/frames.ts";
import type { Reader } from "../decode/reader.ts";
import type { Heard, Outgoing, ReadContext, Reading } from "../decode/terms.ts";
import { compileTopic, listening } from "../decode/topics.ts";
import { type Attempts, openAttempts } from "./attempts.ts";
import type { HeardRaw } from "./bench-heard.ts";
import { type Answered, type Conversation, openConversation } from "./conversation.ts";
import { openFloodGate } from "./flood.ts";
import type { Origin } from "./loop.ts";
import type { Outcome } from "./perform.ts";
import type { Clock, HttpLink, LinkState, MqttHeard, MqttLink, RequestHeard, SerialLine } from "./ports.ts";
import { answerOf, openRequests } from "./requests.ts";

export interface WallDevice {
  readonly id: DeviceId;
  readonly reader: Reader;
  readonly encode: Encode;
  readonly params: ReadContext["params"];
  /** Key of the serial line it hangs on; absent = MQTT or HTTP. */
  readonly line?: string;
  /** At the embedded broker: whose account it speaks with, where a hub speaks for several; absent = its own. */
  readonly account?: DeviceId;
  /** It calls us over HTTP. */
  readonly pushes?: true;
}

export interface DeviceCounts {
  readonly heard: number;
  readonly faults: number;
  readonly skippedBytes: number;
}

export interface DeviceState {
  readonly id: DeviceId;
  readonly link: LinkState;
  readonly heardAt?: Millis;
  /** Silent for longer than it may be, its link gone, or it said so itself. */
  readonly offline: boolean;
  readonly counts: DeviceCounts;
}

export interface DevicesDeps {
  readonly devices: readonly WallDevice[];
  readonly mqtt: MqttLink | undefined;
  readonly lines: ReadonlyMap<string, SerialLine>;
  readonly http?: HttpLink | undefined;
  readonly clock: Clock;
  readonly utcOffsetMin: () => number;
  readonly newId: () => string;
  readonly hear: (origin: Origin, report: Report) => number | undefined;
  readonly inputs: (
    device: DeviceId,
    levels: readonly { readonly channel: number; readonly level: ContactLevel }[],
  ) => void;
  readonly whenDurable: (seq: number, then: () => void) => void;
  readonly onFault: (device: DeviceId | undefined, code: string, where: string, message: string) => void;
  /** A device speaks for another one. */
  readonly onForged: (device: DeviceId, what: string) => void;
  readonly onOffline: (device: DeviceId, offline: boolean, why: string) => void;
  /** Told of all that was heard, after its reports: for the technician's eyes, and nothing waits for it. */
  readonly onHeard?: (device: DeviceId, heard: HeardRaw, reading: Reading) => void;
}

export interface Devices {
  /** @throws GateError COMMAND_UNKNOWN, INPUT_INVALID */
  command(device: DeviceId, name: string, args: Args): Promise<Outcome>;
  /** The same for what takes its time and moves nothing; an opening never waits for it. With the reply. */
  converse(device: DeviceId, name: string, args: Args): Promise<Answered>;
  states(): readonly DeviceState[];
  close(): void;
}

interface Kept {
  readonly device: WallDevice;
  readonly talk: Conversation;
  /** Beside it, where the link lets several requests be open: what moves nothing never keeps an opening waiting. */
  readonly aside?: Conversation;
  epoch: number;
  link: LinkState;
  heardAt: Millis | undefined;
  heard: number;
  faults: number;
  skipped: number;
  offline: boolean;
  /** The last credential without an id, so that one that is held to the reader counts once. */
  last: { readonly value: string; readonly at: Millis } | undefined;
  /** Where one attempt alone presents nobody. */
  readonly attempts?: Attempts;
}

const TICK_MS = 1_000;
/** A tick that comes later than this says that we stood still. */
const STALLED_MS = 3_000;
/** Until then after it, what is read may have lain in a buffer all the while. */
const CATCH_UP_MS = 500;

export function openDevices(deps: DevicesDeps): Devices {
  const { clock } = deps;
  const requests = openRequests(clock);
  const flood = openFloodGate();
  const kept = new Map<DeviceId, Kept>();
  const accounts = new Map<DeviceId, Kept[]>();
  const exact = new Map<string, Kept[]>();
  let tickedAt = clock.now().at;
  let caughtUpAt = tickedAt;
  const open: { readonly takes: (topic: string) => boolean; readonly one: Kept }[] = [];

  const context = (device: WallDevice): ReadContext => ({
    utcOffsetMin: deps.utcOffsetMin(),
    params: device.params,
    newId: deps.newId,
    // Few messages carry our time: it is looked up for those that do.
    get wallMs() {
      return clock.now().wall.epochMs;
    },
  });

  function keep(device: WallDevice, talk: Conversation, link: LinkState, aside?: Conversation): Kept {
    const one: Kept = {
      device,
      talk,
      ...(aside === undefined ? {} : { aside }),
      epoch: 0,
      link,
      heardAt: undefined,
      heard: 0,
      faults: 0,
      skipped: 0,
      offline: false,
      last: undefined,
      ...attemptsOf(device),
    };
    kept.set(device.id, one);
    for (const poll of device.reader.profile.polls ?? []) {
      talk.poll(
        () => device.encode(poll.command, poll.args ?? {}, context(device)),
        poll.everyMs,
        (times) => {
          if (times === MISSED_POLLS) silence(one, `${times} polls without an answer`);
        },
      );
    }
    return one;
  }

  /** Whether what is read now may be as old as our own standing still (a stopped process, a disk that hung). */
  function stoodStill(): boolean {
    const { at } = clock.now();
    return at - tickedAt > TICK_MS + STALLED_MS || at < caughtUpAt;
  }

  /** Silent: its inputs are unknown from now on, which the lanes take as occupied. */
  function silence(one: Kept, why: string): void {
    deps.inputs(one.device.id, ALL_UNKNOWN);
    if (one.offline) return;
    one.offline = true;
    deps.onOffline(one.device.id, true, why);
  }

  function alive(one: Kept): void {
    const at = clock.at();
    one.heardAt = at;
    // A broker that isn't ours doesn't say who is connected to it: that a device is, only its messages tell.
    if (one.device.line === undefined && one.link.is !== "up") one.link = { is: "up", since: at };
    if (!one.offline) return;
    one.offline = false;
    deps.onOffline(one.device.id, false, "heard again");
  }

  /** What a reading means; returns the row to wait for before anybody is answered. */
  function report(one: Kept, reading: Reading & { readonly is: "read" }, origin: Origin): number | undefined {
    let seq: number | undefined;
    for (const each of reading.reports) {
      // A level that was kept, or is sent again, was true once: a loop that is occupied by now must not look clear.
      if (each.is === "inputs" && !isOld(origin)) deps.inputs(one.device.id, each.levels);
      if (each.is === "offline") silence(one, "it said so, or its connection broke");
      else if (!origin.retained) alive(one);
      if (each.is === "presented" && repeated(one, each.claim.value, each.eventId)) continue;
      if (each.is === "presented" && !isOld(origin) && one.attempts?.areEnough(each, clock.at()) === false) continue;
      // Levels are believed in their order, the newest last; an event may be as old as our own standing still.
      const from = stoodStill() ? { ...origin, beforeConnection: true } : origin;
      seq = deps.hear(from, each) ?? seq;
    }
    return seq;
  }

  function repeated(one: Kept, value: string, eventId: string | undefined): boolean {
    const quiet = one.device.reader.profile.repeatQuietMs;
    if (quiet === undefined || eventId !== undefined) return false;
    const at = clock.at();
    const again = one.last !== undefined && one.last.value === value && at - one.last.at < quiet;
    // Held on: the quiet time begins anew with each repeat.
    one.last = { value, at };
    return again;
  }

  function faulty(
    one: Kept | undefined,
    fault: { readonly code: string; readonly where: string; readonly message: string },
  ): void {
    if (one !== undefined) one.faults++;
    deps.onFault(one?.device.id, fault.code, fault.where, fault.message);
  }

  // ── MQTT ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  function candidates(message: MqttHeard): readonly Kept[] {
    if (message.owner !== undefined) return accounts.get(message.owner) ?? [];
    return [
      ...(exact.get(message.topic) ?? []),
      ...open.filter((entry) => entry.takes(message.topic)).map((entry) => entry.one),
    ];
  }

  function hearMessage(message: MqttHeard): void {
    const heard: Heard = { via: "message", topic: message.topic, payload: message.payload };
    const among = candidates(message);
    if (message.owner === undefined && flood.isTooMany(message.topic, clock.at())) {
      faulty(among[0], TOO_MANY);
      // MQTT 5 has a word for it; what the device itself wants acknowledged it sends again.
      message.refuse();
      return message.settle();
    }
    for (const [i, one] of among.entries()) {
      const reading = one.device.reader.read(heard, context(one.device));
      if (reading.is === "fault") {
        // On a topic that several devices share, only the body says whose it is.
        const others = reading.fault.code === "wrong-device" || reading.fault.code === "another-device";
        if (others && i + 1 < among.length) continue;
        if (reading.fault.code === "another-device") return message.settle();
        if (reading.fault.code === "wrong-device" && message.owner !== undefined)
          deps.onForged(one.device.id, message.topic);
        faulty(one, reading.fault);
        deps.onHeard?.(one.device.id, heard, reading);
        return message.settle();
      }
      one.heard++;
      one.epoch = message.epoch;
      if (!isOld(message) && !one.talk.hear(heard)) one.aside?.hear(heard);
      const seq = report(one, reading, {
        device: one.device.id,
        epoch: message.epoch,
        retained: message.retained,
        redelivered: message.redelivered,
        beforeConnection: message.beforeConnection,
      });
      deps.onHeard?.(one.device.id, heard, reading);
      // What is said of all of them is heard by each; it says that they live or are gone, and is never a row to wait for.
      if (reading.forAll === true && i + 1 < among.length) continue;
      return acknowledge(one, seq, reading.answers, message);
    }
    faulty(undefined, { code: "no-kind-matches", where: "topic", message: "no device listens to this topic" });
    message.settle();
  }

  /** After the row is on the disk, and not before; a row that can't be kept for long lets the messages behind it pass. */
  function acknowledge(
    one: Kept,
    seq: number | undefined,
    answers: readonly Outgoing[],
    message?: Pick<MqttHeard, "settle" | "refuse">,
  ): void {
    const late = seq === undefined || message === undefined ? undefined : setTimeout(message.refuse, UNKEPT_MS);
    const answer = () => {
      clearTimeout(late);
      message?.settle();
      for (const out of answers) void send(one, out).catch(() => faulty(one, UNANSWERED));
    };
    if (seq === undefined) answer();
    else deps.whenDurable(seq, answer);
  }

  function send(one: Kept, out: Outgoing): Promise<void> {
    if (one.device.line !== undefined) return deps.lines.get(one.device.line)?.write(out.bytes) ?? Promise.resolve();
    if (deps.mqtt === undefined || out.topic === undefined) return Promise.resolve();
    return deps.mqtt.publish(out.topic, out.bytes);
  }

  function joinMqtt(mqtt: MqttLink): void {
    const filters = new Set<string>();
    for (const device of deps.devices.filter(overMqtt)) {
      const one: Kept = keep(
        device,
        openConversation((out) => send(one, out), clock),
        { is: "starting", since: clock.at() },
        openConversation((out) => send(one, out), clock),
      );
      one.talk.reset(mqtt.state().is === "up");
      one.aside?.reset(mqtt.state().is === "up");
      const account = device.account ?? device.id;
      accounts.set(account, [...(accounts.get(account) ?? []), one]);
      for (const { filter } of listening(device.reader.profile, device.params)) {
        filters.add(filter);
        const takes = compileTopic(filter);
        if (/[+#]/.test(filter)) open.push({ takes: (topic) => takes(topic) !== undefined, one });
        else exact.set(filter, [...(exact.get(filter) ?? []), one]);
      }
    }
    mqtt.onMessage(hearMessage);
    mqtt.onState((state) => {
      for (const one of kept.values()) {
        if (!overMqtt(one.device)) continue;
        if (state.is !== "up") one.link = state;
        // Nobody tells us any more when a loop becomes occupied.
        if (state.is === "down") silence(one, state.why ?? "the broker is down");
        one.talk.reset(state.is === "up");
        one.aside?.reset(state.is === "up");
      }
    });
    const connections = new Map<DeviceId, number>();
    mqtt.onClient((owner, arrived) => {
      // A device may hold several connections (a technician's client beside it): it is gone when the last one is.
      const count = Math.max(0, (connections.get(owner) ?? 0) + (arrived ? 1 : -1));
      connections.set(owner, count);
      const connected = count > 0;
      for (const one of accounts.get(owner) ?? []) {
        one.link = {
          is: connected ? "up" : "down",
          since: clock.at(),
          ...(connected ? {} : { why: "not connected to the broker" }),
        };
        if (!connected) silence(one, "its MQTT connection is gone");
      }
    });
    void mqtt.subscribe([...filters]).catch(() => undefined); // it is asked again at each connection
  }

  // ── Serial ────────────────────────────────────────────────────────────────────────────────────────────────────────
  function joinLine(key: string, line: SerialLine): void {
    const members = deps.devices.filter((one) => one.line === key);
    const framer = members.map((one) => one.reader.framer).find((found) => found !== undefined);
    if (framer === undefined) return;
    const talk = openConversation((out) => line.write(out.bytes), clock);
    const ones = members.map((device) => keep(device, talk, line.state()));
    let state: FrameState = framer.plugged(clock.at());
    let epoch = 0;
    let callOff: (() => void) | undefined;

    function push(bytes: Uint8Array): void {
      if (framer === undefined) return;
      const [next, frames, faults] = framer.push(state, bytes, clock.at());
      const skipped = next.skipped - state.skipped;
      state = next;
      for (const one of ones) one.skipped += skipped;
      for (const fault of faults) {
        faulty(ones[0], fault);
        if (ones[0] !== undefined) deps.onHeard?.(ones[0].device.id, { via: "bytes", bytes }, { is: "fault", fault });
      }
      for (const frame of frames) hearFrame(ones, talk, frame, epoch);
      callOff?.();
      const at = framer.deadline(state);
      callOff = at === undefined ? undefined : clock.wakeAt(at, () => push(NO_BYTES));
    }

    line.onBytes(push);
    line.onState((now) => {
      if (now.is === "up") epoch++;
      // A half frame from before the plug was pulled must never be finished: by bytes from after, or by the silence since.
      state = { ...framer.plugged(clock.at()), skipped: state.skipped + state.held.length };
      for (const one of ones) {
        one.link = now;
        one.last = undefined;
        if (now.is === "down") silence(one, now.why ?? "the line is down");
      }
      talk.reset(now.is === "up");
    });
    talk.reset(line.state().is === "up");
  }

  function hearFrame(ones: readonly Kept[], talk: Conversation, frame: Uint8Array, epoch: number): void {
    const heard: Heard = { via: "frame", bytes: frame };
    const asked = talk.asked();
    talk.hear(heard);
    let fault: (Reading & { readonly is: "fault" }) | undefined;
    for (const one of ones) {
      const own = context(one.device);
      const reading = one.device.reader.read(heard, asked === undefined ? own : { ...own, asked });
      if (reading.is === "fault") {
        fault ??= reading;
        continue;
      }
      one.heard++;
      const seq = report(one, reading, {
        device: one.device.id,
        epoch,
        retained: false,
        redelivered: false,
        beforeConnection: false,
      });
      deps.onHeard?.(one.device.id, heard, reading);
      return acknowledge(one, seq, reading.answers);
    }
    if (fault === undefined) return;
    faulty(ones[0], fault.fault);
    if (ones[0] !== undefined) deps.onHeard?.(ones[0].device.id, heard, fault);
  }

  // ── HTTP ──────────────────────────────────────────────────────────────────────────────────────────────────────────
  function hearRequest(request: RequestHeard): void {
    const one = kept.get(request.owner);
    if (one === undefined) return void request.answer({ ...answerOf(undefined), status: 404 });
    const { method, path, query, payload } = request;
    const { reader } = one.device;
    const heard: Heard = { via: "request", method, path, query, payload };
    const reading = reader.read(heard, context(one.device));
    if (reading.is === "fault") {
      const { code } = reading.fault;
      if (code === "wrong-device") deps.onForged(one.device.id, path);
      faulty(one, reading.fault);
      deps.onHeard?.(one.device.id, heard, reading);
      const usual = answerOf(code === "wrong-device" ? undefined : reader.unread);
      return void request.answer(code === "wrong-device" ? { ...usual, status: 403 } : usual);
    }
    one.heard++;
    const { link } = reader.profile;
    const opened = requests.begin(one.device.id, request, {
      kind: reading.kind,
      usual: () => reading.answers[0],
      holdMs: reading.holdMs,
      withinMs: link.via === "http" ? link.answerWithinMs : 0,
    });
    // A request has no connection that would tell what waited: the device's own marks and its clock do.
    const marks = { epoch: 1, retained: false, redelivered: false, beforeConnection: false };
    const seq = report(one, reading, { device: one.device.id, ...marks });
    deps.onHeard?.(one.device.id, heard, reading);
    if (seq === undefined) opened.recorded();
    else deps.whenDurable(seq, opened.recorded);
  }

  function joinHttp(http: HttpLink): void {
    for (const device of deps.devices.filter((one) => one.pushes === true)) {
      const talk = openConversation(() => Promise.resolve(), clock);
      keep(device, talk, { is: "starting", since: clock.at() });
    }
    http.onRequest(hearRequest);
  }

  if (deps.http !== undefined) joinHttp(deps.http);
  if (deps.mqtt !== undefined) joinMqtt(deps.mqtt);
  for (const [key, line] of deps.lines) joinLine(key, line);

  const openedAt = clock.at();
  let callOffTick: (() => void) | undefined;
  function tick(): void {
    const at = clock.at();
    if (at - tickedAt > TICK_MS + STALLED_MS) caughtUpAt = at + CATCH_UP_MS;
    tickedAt = at;
    for (const one of kept.values()) {
      const health = one.device.reader.profile.health;
      if (health === undefined) continue;
      // One that has never spoken is as silent as one that has stopped: it counts from our own start.
      if (at - (one.heardAt ?? openedAt) > health.heartbeatMs * (health.missed + 1)) silence(one, "no heartbeat");
    }
    callOffTick = clock.wakeAt(at + TICK_MS, tick);
  }
  tick();

  const movesNothing = (one: Kept, name: string) => one.device.reader.profile.commands?.[name]?.moves === "none";

  return {
    async command(device, name, args) {
      const one = kept.get(device);
      if (one === undefined) return "failed";
      const command = one.device.encode(name, args, context(one.device));
      return one.device.pushes === true ? requests.command(device, command) : one.talk.ask(command);
    },
    async converse(device, name, args) {
      const one = kept.get(device);
      const command = one?.device.encode(name, args, context(one.device));
      if (one === undefined || command === undefined || !movesNothing(one, name)) return { outcome: "failed" };
      if (one.device.pushes === true) return { outcome: await requests.command(device, command) };
      // Whoever asks decides whether it is worth saying again.
      return (one.aside ?? one.talk).converse({ ...command, retries: 0 });
    },
    states: () =>
      [...kept.values()].map((one) => ({
        id: one.device.id,
        link: one.link,
        offline: one.offline,
        counts: { heard: one.heard, faults: one.faults, skippedBytes: one.skipped },
        ...(one.heardAt === undefined ? {} : { heardAt: one.heardAt }),
      })),
    close() {
      callOffTick?.();
      requests.close();
      for (const one of kept.values()) {
        one.talk.close();
        one.aside?.close();
      }
    },
  };
}

const overMqtt = (device: WallDevice): boolean => device.line === undefined && device.pushes !== true;
/** By its link's marks it says nothing of this moment. */
const isOld = (mark: Pick<MqttHeard, "retained" | "redelivered" | "beforeConnection">) =>
  mark.retained || mark.redelivered || mark.beforeConnection;

function attemptsOf({ reader, params }: WallDevice): Pick<Kept, "attempts"> {
  const rule = reader.profile.attempts;
  return rule === undefined ? {} : { attempts: openAttempts(Number(params[rule.param] ?? 1), rule.withinMs) };
}

const NO_BYTES = new Uint8Array(0);
const MISSED_POLLS = 3;
/** A disk that takes longer is not slow but full or broken. */
const UNKEPT_MS = 2_000;
const TOO_MANY = { code: "flood", where: "topic", message: "more came on this topic than any device says" };
const UNANSWERED = { code: "unanswered", where: "link", message: "the acknowledgement could not be sent" };
/** Every channel a board can have. */
const ALL_UNKNOWN = Array.from({ length: 64 }, (_, i) => ({ channel: i + 1, level: "unknown" as const }));
