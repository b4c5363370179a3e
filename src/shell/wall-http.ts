/** Devices that speak HTTP: what they call us for is read, and answered once its row is durable. */
import type { DeviceId } from "../core/terms.ts";
import type { Clock, HttpLink, RequestHeard } from "./ports.ts";
import { answerOf, openRequests } from "./requests.ts";
import type { Talk, Wall, WallDevice } from "./wall.ts";

export interface HttpDeps {
  readonly clock: Clock;
  readonly whenDurable: (seq: number, then: () => void) => void;
  readonly onForged: (device: DeviceId, what: string) => void;
}

export function joinHttp(
  wall: Wall,
  http: HttpLink,
  devices: readonly WallDevice[],
  deps: HttpDeps,
): { close(): void } {
  const requests = openRequests(deps.clock);

  function hear(request: RequestHeard): void {
    const one = wall.kept.get(request.owner);
    if (one === undefined) return void request.answer({ ...answerOf(undefined), status: 404 });
    const { method, path, query, payload } = request;
    const { reader } = one.device;
    const reading = reader.read({ via: "request", method, path, query, payload }, wall.context(one.device));
    if (reading.is === "fault") {
      const { code } = reading.fault;
      if (code === "wrong-device") deps.onForged(one.device.id, path);
      wall.faulty(one, reading.fault);
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
    if (seq === undefined) opened.recorded();
    else deps.whenDurable(seq, opened.recorded);
  }

  for (const device of devices)
    wall.keep(device, answering(requests, device.id), { is: "starting", since: deps.clock.at() });
  http.onRequest(hear);
  return { close: requests.close };
}

/** To a device that only calls us, something can be said in an answer alone. */
function answering(requests: ReturnType<typeof openRequests>, device: DeviceId): Talk {
  return {
    ask: (command) => requests.command(device, command),
    converse: async (command) => ({ outcome: await requests.command(device, command) }),
    poll: () => undefined,
    close: () => undefined,
  };
}
