/** Terminals that hold faces, and what is shown at the access points. None of it keeps the gate from deciding. */
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { CONSENTS_FILE, openConsents } from "./adapters/consents.ts";
import type { Log } from "./adapters/log.ts";
import { openPictures } from "./adapters/pictures.ts";
import type { Profiles } from "./adapters/profiles.ts";
import { openWithReserve } from "./adapters/reserve.ts";
import { openTerminals } from "./adapters/terminals.ts";
import type { Loaded } from "./config/load.ts";
import type { SayingConfig } from "./config/schema-lane.ts";
import { GateError } from "./core/fault.ts";
import { levelsAt } from "./core/roster.ts";
import type { SitePlan } from "./core/terms.ts";
import { compileRoster } from "./decode/roster.ts";
import type { TerminalView } from "./shell/desk.ts";
import type { Devices } from "./shell/devices.ts";
import { openEnrolment } from "./shell/enrol.ts";
import type { EnrolTerminal } from "./shell/enrol-list.ts";
import { type Feedback, type FeedbackPlan, openFeedback, type Saying } from "./shell/feedback.ts";
import type { Loop } from "./shell/loop.ts";
import type { Clock, FaceList, Receipts } from "./shell/ports.ts";

export const RECEIPTS_FILE = "terminals.sqlite";
export const PICTURES_FOLDER = "pictures";
const DAY_MS = 86_400_000;

/** The terminals that our list is carried out in. */
export function enrolTerminals(loaded: Loaded, profiles: Profiles, plan: SitePlan): readonly EnrolTerminal[] {
  return loaded.config.devices.flatMap(({ id, enrol, profile }) => {
    const roster = enrol && profiles.osdp(profile) === undefined ? compileRoster(profiles.device(profile)) : undefined;
    return roster === undefined ? [] : [{ device: id, roster, levels: levelsAt(plan, id) }];
  });
}

export const enrolTimes = ({ config }: Loaded) => ({
  graceMs: config.site.graceDays * DAY_MS,
  lateMs: config.enrolment.lateDays * DAY_MS,
});

interface Parts {
  readonly loaded: Loaded;
  readonly profiles: Profiles;
  readonly plan: SitePlan;
  readonly clock: Clock;
  readonly utcOffsetMin: () => number;
  readonly list: FaceList;
  readonly devices: Devices;
  readonly loop: Loop;
  readonly log: Log;
  readonly room: string;
}

export interface TerminalFaces {
  states(): readonly Omit<TerminalView, "name">[];
  close(): Promise<void>;
}

const NO_FACES: TerminalFaces = { states: () => [], close: async () => undefined };

/** A fault of its own files ends the enrolment, never the gate. */
export function openTerminalFaces(parts: Parts): TerminalFaces {
  const { loaded, loop, log, clock } = parts;
  const terminals = enrolTerminals(loaded, parts.profiles, parts.plan);
  const onFault = (fault: GateError) => {
    log.error({ code: fault.code, why: fault.message }, "enrolment");
    loop.note({ kind: "fault", open: { code: fault.code, message: fault.message } });
  };
  if (terminals.length === 0) return NO_FACES;
  try {
    const consents = openWithReserve(parts.room, () => openConsents(join(loaded.dataDir, CONSENTS_FILE), yearNow));
    const receipts = openReceipts(join(loaded.dataDir, RECEIPTS_FILE), parts, onFault);
    const enrolment = openEnrolment({
      ...enrolTimes(loaded),
      terminals,
      clock,
      list: parts.list,
      consents,
      consentRequired: loaded.config.enrolment.consent === "required",
      receipts,
      pictures: openPictures(join(loaded.dataDir, PICTURES_FOLDER)),
      devices: parts.devices,
      utcOffsetMin: parts.utcOffsetMin,
      keepPictures: loaded.config.enrolment.keepPictures,
      pictureMs: loaded.config.enrolment.pictureDays * DAY_MS,
      note: loop.note,
      raise: (alarm, detail) => loop.raise(alarm, undefined, detail),
      calm: loop.calm,
      onFault,
    });
    return {
      states: enrolment.states,
      async close() {
        enrolment.close();
        consents.close();
        await receipts.close();
      },
    };
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    onFault(cause);
    return NO_FACES;
  }
}

export const yearNow = () => new Date().getFullYear();

/** A damaged file is set aside: the terminals themselves are asked whom they hold. */
function openReceipts(file: string, { clock, log, room }: Parts, onFault: (fault: GateError) => void): Receipts {
  const open = () =>
    openWithReserve(room, () =>
      openTerminals(file, clock.now().wall.epochMs, (why) => log.warn({ why }, "receipts can't be synced")),
    );
  try {
    return open();
  } catch (cause) {
    if (!(cause instanceof GateError) || cause.code !== "DATABASE_DAMAGED") throw cause;
    onFault(cause);
    for (const end of ["", "-wal", "-shm"]) if (existsSync(file + end)) renameSync(file + end, `${file}.damaged${end}`);
    return open();
  }
}

export function openFeedbackAt({ config }: Loaded, devices: Devices, clock: Clock): Feedback {
  const plans = new Map(
    config.lanes.flatMap((lane) =>
      lane.accessPoints.flatMap(({ id, feedback }): readonly (readonly [string, FeedbackPlan])[] => {
        if (feedback === undefined) return [];
        const { device, show, onGranted, onRefused } = feedback;
        return [
          [
            id,
            {
              device,
              show,
              ...(onGranted === undefined ? {} : { onGranted: saying(onGranted) }),
              ...(onRefused === undefined ? {} : { onRefused: saying(onRefused) }),
            },
          ],
        ];
      }),
    ),
  );
  return openFeedback({ plans, devices, clock });
}

const saying = ({ command, args }: SayingConfig): Saying => ({ command, args });
