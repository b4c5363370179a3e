/**
 * What is shown or said at an access point after a decision. Comes after the relay and is waited for by nobody: one text
 * at a time per device, the newest of those that wait, and what comes too late isn't said. Never a word of duress.
 */
import { GateError } from "../core/fault.ts";
import type { SiteEffect } from "../core/site.ts";
import type { AccessPointId, Decision, DeviceId, Millis, Staleness } from "../core/terms.ts";
import { DENIAL_WORDS, sentence } from "../core/words.ts";
import type { Args } from "../decode/encode.ts";
import type { Devices } from "./devices.ts";
import type { Clock } from "./ports.ts";

export interface Saying {
  readonly command: string;
  /** Texts may have `{plate} {name} {reason}`. */
  readonly args: Readonly<Record<string, string | number>>;
}

export interface FeedbackPlan {
  readonly device: DeviceId;
  readonly show: "name" | "surname" | "nothing";
  readonly onGranted?: Saying;
  readonly onRefused?: Saying;
}

export interface Feedback {
  decided(effects: readonly SiteEffect[]): void;
  close(): void;
}

export interface FeedbackDeps {
  readonly plans: ReadonlyMap<AccessPointId, FeedbackPlan>;
  readonly devices: Pick<Devices, "converse">;
  readonly clock: Clock;
}

type Decided = Extract<SiteEffect, { readonly do: "decided" }>;

/** Between two texts, so that a crowd doesn't make a board stammer. */
const GAP_MS = 1_500;
/** Whoever it was for has gone. */
const LATE_MS = 3_000;

interface Board {
  freeAt: Millis;
  waiting: { readonly say: () => Promise<void>; readonly at: Millis } | undefined;
  busy: boolean;
}

export function openFeedback({ plans, devices, clock }: FeedbackDeps): Feedback {
  const boards = new Map<DeviceId, Board>();
  const callOffs = new Map<DeviceId, () => void>();

  function boardOf(device: DeviceId): Board {
    const board = boards.get(device) ?? { freeAt: 0, waiting: undefined, busy: false };
    boards.set(device, board);
    return board;
  }

  function tell(device: DeviceId, say: () => Promise<void>): void {
    boardOf(device).waiting = { say, at: clock.at() };
    next(device);
  }

  function next(device: DeviceId): void {
    const board = boardOf(device);
    const { waiting } = board;
    if (board.busy || waiting === undefined) return;
    const at = clock.at();
    callOffs.get(device)?.();
    if (at < board.freeAt) {
      callOffs.set(
        device,
        clock.wakeAt(board.freeAt, () => next(device)),
      );
      return;
    }
    board.waiting = undefined;
    if (at - waiting.at > LATE_MS) return;
    board.busy = true;
    void waiting.say().finally(() => {
      board.busy = false;
      board.freeAt = clock.at() + GAP_MS;
      next(device);
    });
  }

  function decided(effect: Decided): void {
    const point = effect.asked.accessPoint;
    const plan = point === undefined ? undefined : plans.get(point.id);
    const saying = effect.decision.is === "granted" ? plan?.onGranted : plan?.onRefused;
    if (plan === undefined || saying === undefined || !isOfNow(effect.decision)) return;
    tell(plan.device, async () => {
      // A name with a character that the board hasn't is left out; a text that doesn't fit even so isn't said.
      for (const show of plan.show === "nothing" ? (["nothing"] as const) : ([plan.show, "nothing"] as const)) {
        const fits = await devices.converse(plan.device, saying.command, argsOf(saying, effect, show)).then(
          () => true,
          (cause: unknown) => {
            if (!(cause instanceof GateError)) throw cause;
            return cause.code !== "INPUT_INVALID";
          },
        );
        if (fits) return;
      }
    });
  }

  return {
    decided(effects) {
      for (const effect of effects) if (effect.do === "decided") decided(effect);
    },
    close() {
      for (const callOff of callOffs.values()) callOff();
    },
  };
}

/** Records that are told again, or were kept, speak to nobody who stands there. */
const SPOKEN: readonly Staleness[] = ["too-old", "device-clock-unknown", "from-the-future"];
const isOfNow = (decision: Decision): boolean =>
  decision.is !== "denied" || decision.staleness === undefined || SPOKEN.includes(decision.staleness);

function argsOf({ args }: Saying, { asked, decision }: Decided, show: FeedbackPlan["show"]): Args {
  const { claim } = asked.report;
  const slots: Readonly<Record<string, string>> = {
    plate: claim.type === "plate" ? claim.value : "",
    name: isBarred(decision) ? "" : nameFor(asked.found?.holder.name, show),
    reason: reasonFor(decision),
  };
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, typeof value === "number" ? value : filled(value, slots)]),
  );
}

/** What comes from a device or a list is shown without control characters. */
const filled = (text: string, slots: Readonly<Record<string, string>>): string =>
  text
    .replaceAll(/\{(plate|name|reason)\}/g, (_, slot: string) => slots[slot] ?? "")
    .replaceAll(/\p{Cc}/gu, "")
    .trim();

const isBarred = (decision: Decision) => decision.is === "denied" && decision.reason === "blocklisted";

/** In Chinese, for whoever stands at the gate. That somebody is barred is the guard's to say. */
function reasonFor(decision: Decision): string {
  if (isBarred(decision)) return "请联系门卫";
  // Soft anti-passback is a note for the journal.
  if (decision.is === "granted" && !decision.notes.includes("in-grace")) return "";
  return decision.is === "granted" ? GRACE : sentence(decision).zh;
}
const GRACE = DENIAL_WORDS["credential-expired"].zh;

const TWO = [
  "欧阳",
  "司马",
  "上官",
  "诸葛",
  "司徒",
  "东方",
  "皇甫",
  "尉迟",
  "公孙",
  "慕容",
  "令狐",
  "夏侯",
  "长孙",
  "宇文",
];

export function nameFor(name: string | undefined, show: FeedbackPlan["show"]): string {
  if (name === undefined || show === "nothing") return "";
  if (show === "name") return name;
  const two = name.slice(0, 2);
  if (/^\p{Script=Han}/u.test(name)) return name.length > 2 && TWO.includes(two) ? two : ([...name][0] ?? "");
  return name.trim().split(/\s+/).at(-1) ?? "";
}
