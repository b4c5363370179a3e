/**
 * "Present it now": follows the next real read of one reader through the gate and tells each step as it happens. It only
 * listens; a read is decided exactly as without it, and nothing is made up for the test.
 */
import type { SiteEffect } from "../core/site.ts";
import type { Author, Command, DeviceId, LaneId, Millis } from "../core/terms.ts";
import { DENIAL_WORDS, sentence } from "../core/words.ts";
import type { Reading } from "../decode/terms.ts";
import { TRIAL_STEPS, type TrialStep, type TrialView } from "./bench.ts";
import type { Sentence } from "./desk.ts";
import type { Outcome } from "./perform.ts";

export interface Trial {
  begin(reader: DeviceId, by: Author): TrialView;
  view(): TrialView | undefined;
  heard(device: DeviceId, reading: Reading): void;
  stepped(told: {
    readonly event: string;
    readonly effects: readonly SiteEffect[];
    readonly seq: number | undefined;
  }): void;
  commanded(lane: LaneId, command: Command, outcome: Outcome): void;
}

export const WAIT_MS = 30_000;
/** After the read: what a slow relay and a slow disk may take. */
const SETTLE_MS = 10_000;
const s = (zh: string, en: string): Sentence => ({ zh, en });
const CREDENTIALS: Readonly<Record<string, Sentence>> = {
  face: s("人脸", "a face"),
  card: s("卡", "a card"),
  plate: s("车牌", "a plate"),
  pin: s("密码", "a PIN"),
  qr: s("二维码", "a QR code"),
};

interface Running {
  readonly reader: DeviceId;
  readonly by: string;
  until: Millis;
  heardAt: Millis | undefined;
  /** The decision's id, and with it the cause of a move. */
  decision: string | undefined;
  lane: LaneId | undefined;
  readonly steps: TrialStep[];
}

export function openTrial(deps: {
  readonly at: () => Millis;
  readonly whenDurable: (seq: number, then: () => void) => void;
}): Trial {
  let running: Running | undefined;

  function view(): TrialView | undefined {
    if (running === undefined) return undefined;
    const { reader, by, until, heardAt, steps } = running;
    const is =
      deps.at() >= until || steps.some((step) => step.is === "recorded" && isLast(steps))
        ? "over"
        : heardAt === undefined
          ? "waiting"
          : "heard";
    const ordered = steps.toSorted((one, other) => TRIAL_STEPS.indexOf(one.is) - TRIAL_STEPS.indexOf(other.is));
    return { reader, by, until, is, steps: ordered };
  }

  function add(one: Running, is: TrialStep["is"], good: boolean, says: Sentence): void {
    if (one.steps.some((step) => step.is === is)) return;
    one.heardAt ??= deps.at();
    one.steps.push({ is, afterMs: Math.round(deps.at() - one.heardAt), good, says });
  }

  function durable(one: Running, seq: number | undefined): void {
    if (seq === undefined) return;
    deps.whenDurable(seq, () =>
      add(one, "recorded", true, s("记录已落盘，已应答设备", "Recorded on the disk, and the device was answered")),
    );
  }

  return {
    begin(reader, { who }) {
      running = {
        reader,
        by: who,
        until: deps.at() + WAIT_MS,
        heardAt: undefined,
        decision: undefined,
        lane: undefined,
        steps: [],
      };
      return { reader, by: who, until: running.until, is: "waiting", steps: [] };
    },
    view,
    heard(device, reading) {
      const one = running;
      if (one === undefined || device !== one.reader || deps.at() >= one.until || has(one, "decoded")) return;
      if (reading.is === "fault") {
        add(one, "heard", true, s("收到了设备的数据", "The device was heard"));
        add(
          one,
          "decoded",
          false,
          s(
            `读不懂：${reading.fault.code}，看“设备”页`,
            `Not understood: ${reading.fault.code}; see the devices' page`,
          ),
        );
        return;
      }
      const report = reading.reports.find(({ is }) => is === "presented" || is === "stranger");
      if (report === undefined) return;
      one.until = deps.at() + SETTLE_MS;
      add(one, "heard", true, s("收到了设备的数据", "The device was heard"));
      const what =
        report.is === "presented"
          ? (CREDENTIALS[report.claim.type] ?? s("凭证", "a credential"))
          : s("陌生人", "a stranger");
      add(one, "decoded", true, s(`读懂了：${what.zh}（${reading.kind}）`, `Read as ${what.en} (${reading.kind})`));
    },
    stepped({ event, effects, seq }) {
      const one = running;
      if (one === undefined || deps.at() >= one.until) return;
      if (event === "stranger" && has(one, "decoded") && !has(one, "decided")) {
        const { zh, en } = DENIAL_WORDS["credential-not-found"];
        add(one, "decided", false, s(`不放行：${zh}`, `Refused: ${en}`));
        add(one, "moved", true, STAYS);
        durable(one, seq);
      }
      for (const effect of effects) {
        if (effect.do !== "decided" || effect.asked.reader !== one.reader || one.decision !== undefined) continue;
        one.decision = effect.asked.id;
        one.lane = effect.asked.accessPoint?.lane;
        const { zh, en } = sentence(effect.decision);
        const good = effect.decision.is === "granted";
        add(one, "decided", good, good ? s(`放行：${zh}`, `Let in: ${en}`) : s(`不放行：${zh}`, `Refused: ${en}`));
        if (!good) add(one, "moved", true, STAYS);
        durable(one, seq);
      }
      const move = effects.find((effect) => effect.do === "move" && effect.cause === one.decision);
      if (move?.do === "move")
        add(one, "moved", true, s(`已发开门命令（${move.lane}）`, `The opening was sent (${move.lane})`));
    },
    commanded(lane, command, outcome) {
      const one = running;
      if (one === undefined || command !== "open" || lane !== one.lane || !has(one, "moved")) return;
      add(one, "outcome", outcome === "done", OUTCOMES[outcome]);
    },
  };
}

const STAYS = s("门不动", "The gate stays as it is");
const OUTCOMES: Readonly<Record<Outcome, Sentence>> = {
  done: s("继电器已动作", "The relay has acted"),
  failed: s("没有执行：检查接线", "It wasn't carried out: check the wires"),
  uncertain: s("没有回答，不知道动了没有", "No answer; nobody knows whether it acted"),
};
const has = (one: Running, is: TrialStep["is"]): boolean => one.steps.some((step) => step.is === is);
/** Recorded, and the relay's answer is there where one is awaited. */
const isLast = (steps: readonly TrialStep[]): boolean =>
  steps.some(({ is }) => is === "outcome") || steps.some(({ is, says }) => is === "moved" && says === STAYS);
