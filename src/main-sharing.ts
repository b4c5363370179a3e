/** The site's other gates, put together: who is where on the whole site. */
import type { OpenedJournal } from "./adapters/journal.ts";
import { seal, unseal } from "./adapters/journal-seal.ts";
import type { Log } from "./adapters/log.ts";
import type { Metrics } from "./adapters/metrics.ts";
import { openMqtt } from "./adapters/mqtt.ts";
import { erasuresOrdered } from "./adapters/shared-erase.ts";
import { letterKey, sharedNames } from "./adapters/shared-key.ts";
import { readRecord } from "./adapters/shared-letter.ts";
import { openSharedLine, sharedTopics } from "./adapters/shared-line.ts";
import type { Loaded } from "./config/load.ts";
import { brokerOf } from "./main-links.ts";
import { openConditions } from "./shell/conditions.ts";
import type { Loop } from "./shell/loop.ts";
import type { Clock, Kept } from "./shell/ports.ts";
import { openSharing, type SharedKnown, type Sharing } from "./shell/sharing.ts";
import { openSilenceWatch } from "./shell/silence-watch.ts";

export interface SharingParts {
  readonly loaded: Loaded;
  readonly journal: OpenedJournal;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly loop: () => Loop | undefined;
  readonly changed: () => void;
}

export interface SharingAtGate extends Sharing {
  /** Begins to speak; the loop is there. */
  begin(): void;
  /** For whoever asks for the numbers now. */
  measure(): void;
  close(): Promise<void>;
}

const TELL_MS = 5_000;

/** Undefined where the site has one gate. */
export function openSharingAt(parts: SharingParts): SharingAtGate | undefined {
  const { loaded, journal, clock, log, metrics } = parts;
  const { config, secrets, dataDir } = loaded;
  const settings = config.sharing;
  if (settings === undefined || secrets.sharing === undefined) return undefined;
  const { site, gate } = config;
  const silentMs = settings.silentSeconds * 1_000;
  const key = letterKey(secrets.sharing, site.id);
  const link = openMqtt(
    { ...brokerOf(loaded, "sharing"), forgetful: true },
    { now: () => clock.at(), random: Math.random },
  );
  const line = openSharedLine(
    { site: site.id, gate: gate.id },
    {
      link,
      seal: (fields) => seal(key, fields),
      unseal: (sealed) => unseal(key, sealed),
      onRefused(why, topic) {
        metrics.sharingRefused(why);
        log.debug({ why, topic }, "a letter between gates was thrown away");
        if (why === "forged") parts.loop()?.raise("forged-event", undefined, `sharing: ${topic.slice(0, 128)}`);
      },
    },
  );
  const sharing = openSharing({
    gate: gate.id,
    boot: journal.boot,
    gates: settings.gates,
    whenApart: settings.whenApart,
    silentAfterMs: silentMs,
    clock,
    line,
    journal,
    pseudonym: sharedNames(secrets.sharing, site.id),
    known: knownFrom(journal.kept()),
    changed: parts.changed,
    onTwin() {
      metrics.sharingRefused("twin");
      log.warn(
        { gate: gate.id },
        "another machine speaks under this gate's name; see gate.id and the SD card's copies",
      );
    },
  });
  line.onState((state) => log.info({ sharing: state.is, why: state.why }, "the line to the site's other gates"));
  let timer: NodeJS.Timeout | undefined;

  function lookForErasures(): void {
    try {
      const { subjects, done } = erasuresOrdered(dataDir);
      const seq = sharing.erase(subjects);
      if (seq !== undefined) journal.whenDurable(seq, done);
    } catch (cause) {
      // The next look tries again; erasing twice is erasing.
      if (!(cause instanceof Error && "code" in cause)) throw cause;
      log.warn({ code: cause.code }, "erasures for the other gates can't be read");
    }
  }

  return {
    ...sharing,
    begin() {
      const loop = parts.loop();
      if (loop === undefined) return;
      const conditions = openConditions(loop);
      const silence = openSilenceWatch({
        sharing,
        silentAfterMs: silentMs,
        clock,
        conditions,
        changed: parts.changed,
      });
      // The subscription is asked for again by the link at each connection.
      link
        .subscribe(sharedTopics(site.id))
        .catch((cause: unknown) => log.warn({ err: cause }, "sharing: subscription"));
      timer = setInterval(() => {
        sharing.tell();
        silence.look();
        lookForErasures();
      }, TELL_MS);
    },
    measure() {
      const at = clock.at();
      for (const { gate: one, up, heard } of sharing.view())
        metrics.peer(one, up, heard === undefined ? undefined : (at - heard) / 1_000);
      metrics.sharingBacklog(sharing.backlog());
    },
    async close() {
      clearInterval(timer);
      await line.close();
    },
  };
}

/** What can't be read is as if it were lost: the other gates have it. */
function knownFrom(kept: readonly Kept[]): SharedKnown {
  const of = (kind: string) => kept.filter(({ key }) => key.startsWith(`${kind} `));
  const records = of("record").map(({ text }) => readRecord(parsed(text)));
  const whole = records.every((one) => one !== undefined);
  const heads = new Map(of("head").map(({ key, text }) => [key.slice("head ".length), Number(text)]));
  return {
    records: records.filter((one) => one !== undefined),
    // With a hole in it, all of it is asked for again.
    heads: whole ? heads : new Map(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
