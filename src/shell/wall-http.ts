/**
 * Devices that speak HTTP. What they call us for is read, and answered once its row is durable; what we call them for has
 * its answer read as what was asked for, and nothing in it is ever an event of now.
 */
import type { DeviceId, Presented, Stranger } from "../core/terms.ts";
import type { EncodedCommand, Heard } from "../decode/terms.ts";
import { openBackfill } from "./backfill.ts";
import { openCalls } from "./calls.ts";
import type { Clock, HttpCaller, HttpLink, RequestHeard } from "./ports.ts";
import { answerOf, openRequests, type Requests } from "./requests.ts";
import type { Kept, Talk, Wall, WallDevice } from "./wall.ts";

export interface HttpDeps {
  readonly clock: Clock;
  readonly http?: HttpLink | undefined;
  /** Where we call them, by device. */
  readonly callers?: ReadonlyMap<DeviceId, HttpCaller>;
  readonly utcOffsetMin: () => number;
  readonly whenDurable: (seq: number, then: () => void) => void;
  readonly onForged: (device: DeviceId, what: string) => void;
  /** Whether this event stands in a row already. */
  readonly knows?: (device: DeviceId, report: Presented | Stranger) => boolean;
}

export function joinHttp(wall: Wall, devices: readonly WallDevice[], deps: HttpDeps): { close(): void } {
  const { clock, knows } = deps;
  const requests = openRequests(clock);
  const backfills: { close(): void }[] = [];

  function hear(request: RequestHeard): void {
    // 503: say it again later.
    if (wall.closed()) return void request.answer({ ...answerOf(undefined), status: 503 });
    const one = wall.kept.get(request.owner);
    if (one === undefined) return void request.answer({ ...answerOf(undefined), status: 404 });
    const { method, path, query, payload } = request;
    const { reader } = one.device;
    const heard: Heard = { via: "request", method, path, query, payload };
    const reading = reader.read(heard, wall.context(one.device));
    if (reading.is === "fault") {
      const { code } = reading.fault;
      if (code === "wrong-device") deps.onForged(one.device.id, path);
      wall.faulty(one, reading.fault);
      wall.heard(one, heard, reading);
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
    const seq = wall.report(one, reading, { device: one.device.id, ...marks });
    wall.heard(one, heard, reading);
    if (seq === undefined) opened.recorded();
    else deps.whenDurable(seq, opened.recorded);
  }

  for (const device of devices) {
    const caller = deps.callers?.get(device.id);
    const late: { one?: Kept } = {};
    const calls =
      caller === undefined
        ? undefined
        : openCalls(caller, {
            clock,
            answered: (heard, command) => answered(wall, late.one, heard, command),
            fault: (fault) => wall.faulty(late.one, fault),
          });
    const one = wall.keep(device, saying(requests, device.id, calls), { is: "starting", since: clock.at() });
    late.one = one;
    const { records } = device.reader.profile;
    if (calls !== undefined && records !== undefined && knows !== undefined)
      backfills.push(openBackfill(one, records, { clock, wall, utcOffsetMin: deps.utcOffsetMin, knows }));
  }
  deps.http?.onRequest(hear);
  return {
    close() {
      requests.close();
      for (const backfill of backfills) backfill.close();
    },
  };
}

/** In an answer to its own request, or by a request of ours: the command's own form says which. */
function saying(requests: Requests, device: DeviceId, calls: Talk | undefined): Talk {
  const called = (command: EncodedCommand) => (command.out.request === undefined ? undefined : calls);
  return {
    ask: (command) => called(command)?.ask(command) ?? requests.command(device, command),
    converse: async (command) =>
      called(command)?.converse(command) ?? { outcome: await requests.command(device, command) },
    poll: (command, everyMs, missed) => calls?.poll(command, everyMs, missed),
    close: () => calls?.close(),
  };
}

/** That it answers shows that it lives. Levels in its answer are of now; whoever is named in one is nobody who stands there. */
function answered(wall: Wall, one: Kept | undefined, heard: Heard, command: string): void {
  if (one === undefined) return;
  wall.alive(one);
  const { reader } = one.device;
  // These are read by whoever asked for them.
  if (command === reader.profile.records?.command || !reads(one, command)) return;
  const reading = reader.read(heard, { ...wall.context(one.device), asked: command });
  if (reading.is === "fault") return wall.faulty(one, reading.fault);
  one.heard++;
  const reports = reading.reports.filter((report) => report.is !== "presented" && report.is !== "stranger");
  const marks = { epoch: 1, retained: false, redelivered: false, beforeConnection: false };
  wall.report(one, { ...reading, reports }, { device: one.device.id, ...marks });
  wall.heard(one, heard, { ...reading, reports });
}

const reads = ({ device }: Kept, command: string): boolean =>
  device.reader.profile.messages.some((kind) => kind.when.some((one) => "asked" in one && one.asked === command));
