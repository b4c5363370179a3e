// biome-ignore-all lint/suspicious/noTemplateCurlyInString: titles stand here as they stand in the source
/**
 * What can go wrong, where it has gone wrong, what we promise, and which tests show it. Data alone: `npm run
 * reliability` runs them and writes docs/reliability.md; rows.test.ts holds that each title still stands in its file.
 */
export interface Shown {
  readonly file: string;
  /** As it stands in the source, `${…}`, `%s` and `$name` included; a `describe`'s title means all tests in it. */
  readonly title: string;
  readonly seed?: number;
  /** Of what, and how much of it. */
  readonly size?: Size;
}

export interface Size {
  readonly of: string;
  /** In the suite. */
  readonly short: number;
  /** In the long campaign, by this variable; 0 = each there is. Absent: the suite's size is the promised one. */
  readonly full?: { readonly variable: string; readonly count: number; readonly parts?: Parts };
}

/** A campaign too long for one sitting: its k-th part of so many is run with this variable set to `k/of`. */
export interface Parts {
  readonly variable: string;
  readonly of: number;
}

export type PromiseNumber = 1 | 2 | 3 | 4 | 5 | 6;

export interface Row {
  /** For `--only`. */
  readonly name: string;
  readonly incident: string;
  /** Where it happened, as `owner/repo#number` or in words. */
  readonly where: readonly string[];
  readonly promise: string;
  /** The promises of the design that it belongs to. */
  readonly promises: readonly PromiseNumber[];
  readonly shownBy: readonly Shown[];
}

const long = (of: string, short: number, variable: string, count: number): Size => ({
  of,
  short,
  full: { variable, count },
});
const all = (of: string, short: number): Size => ({ of, short });

export const ROWS: readonly Row[] = [
  {
    name: "retained-command",
    incident: "A retained command opens",
    where: ["ratgdo/mqtt-ratgdo#27", "esp-rfid#343"],
    promise: "A retained message moves nothing; an alarm tells of it.",
    promises: [1],
    shownBy: [
      {
        file: "test/links/retained.test.ts",
        title: "${RECONNECTS} reconnects to a broker that keeps a valid record, MQTT %i: 0 movements",
        size: long("reconnects", 200, "GATEPOST_RECONNECTS", 1_000),
      },
      {
        file: "test/links/retained.test.ts",
        title: "${RECONNECTS} connections of a device that says it retained, at the embedded broker: 0 movements",
        size: long("connections", 200, "GATEPOST_RECONNECTS", 1_000),
      },
      {
        file: "test/uplink/commands.test.ts",
        title: "promise 1: a retained one is refused however often it is delivered",
      },
    ],
  },
  {
    name: "stale-message",
    incident: "A stale, queued or replayed message opens",
    where: ["nuki_hub#233", "GarageQTPi#3"],
    promise: "An event that is too old, from before this connection, or used, never opens.",
    promises: [1],
    shownBy: [
      {
        file: "test/core/fresh.test.ts",
        title: "10,000 histories of delay, queues and clocks wrong by up to ten years: nothing stale passes (seed 41)",
        seed: 41,
        size: all("histories", 10_000),
      },
      {
        file: "test/links/mqtt-fence.test.ts",
        title: "what is heard after `up` is from now, and what waited is told before it",
      },
      {
        file: "test/uplink/command-histories.test.ts",
        title:
          "promise 1, 4: ${HISTORIES} histories: each movement traces to one signed, fresh, single-use command (seed ${SEED})",
        seed: 20_261_125,
        size: long("histories", 150, "GATEPOST_HISTORIES", 10_000),
      },
    ],
  },
  {
    name: "opens-at-boot",
    incident: "Opens at boot or when the power returns",
    where: [
      "garage-door-controller#12",
      "garage-door-controller#25",
      "garage-door-controller#67",
      "home-assistant/core#4872",
    ],
    promise: "Outputs stay inactive from power-on to the first authorised command.",
    promises: [1],
    shownBy: [
      {
        file: "test/whole/boot.test.ts",
        title: "${STARTS} starts, stops and SIGKILLs at any moment move no relay (seed ${SEED})",
        seed: 20_261_124,
        size: long("starts", 25, "GATEPOST_STARTS", 400),
      },
      { file: "test/gpio/keeper.test.ts", title: "is not followed by another over starts and ends" },
    ],
  },
  {
    name: "toggle",
    incident: "A toggle is out of step: close opens",
    where: ["esphome-ratgdo#342"],
    promise: "Separate lines or a confirmed position, never a blind toggle.",
    promises: [1, 2],
    shownBy: [
      {
        file: "test/core/lane-storm.test.ts",
        title: "storms over the lane: promises 1 and 2 in every step",
        seed: 20_260_101,
        size: all("model steps", 1_000_000),
      },
      { file: "test/core/lane-stories.test.ts", title: "stories of the lane" },
    ],
  },
  {
    name: "relay-left-on",
    incident: "A relay is left on by a dying process",
    where: [],
    promise: "The end of a pulse doesn't depend on the process that began it.",
    promises: [1],
    shownBy: [
      { file: "test/gpio/keeper.test.ts", title: "the owner in the middle of a pulse" },
      {
        file: "test/gpio/keeper.test.ts",
        title:
          "killed in a pulse: the pulse is uncertain, a fault is told, the next keeper's first act lets the line fall",
      },
    ],
  },
  {
    name: "closes-on-somebody",
    incident: "Closes on a vehicle or a person",
    where: ["UL 325", "the stalled car that rolled back off the loop"],
    promise: "Only `clear` permits it; a failed or silent sensor counts as occupied.",
    promises: [2],
    shownBy: [
      {
        file: "test/core/lane-storm.test.ts",
        title: "promise 2: a close is commanded only when every guard is clear",
      },
      { file: "test/core/site-storm.test.ts", title: "storms over the site: promises 1 and 2 in every step" },
      { file: "test/shell/contacts.test.ts", title: "promise 2: no arm comes down while its loop jumps" },
      {
        file: "test/shell/stall.test.ts",
        title: "promise 2: an arm isn't lowered by what a loop said before we stood still",
      },
    ],
  },
  {
    name: "double-opening",
    incident: "Opens twice for one car, or not for the second",
    where: ["open-nvr#386", "crumbvms#126"],
    promise: "One passage, one opening, keyed by lane and identity.",
    promises: [1],
    shownBy: [
      {
        file: "test/core/fuse.test.ts",
        title: "20,000 passages of 1–30 reads, 5 % of characters misread: one verdict each, none swallowed (seed 2026)",
        seed: 2026,
        size: all("passages", 20_000),
      },
    ],
  },
  {
    name: "power-cut",
    incident: "Lost when the power was cut",
    where: ["nats-server#7564", "TerrariumPI#734"],
    promise: "Nothing acknowledged is lost; nothing is half there.",
    promises: [4],
    shownBy: [
      {
        file: "test/whole/power-cut.test.ts",
        title: "${CUTS} cuts lose nothing that a terminal was told (seed ${SEED})",
        seed: 20_261_124,
        size: long("power cuts", 300, "GATEPOST_CUTS", 5_000),
      },
      {
        file: "test/whole/power-cut.test.ts",
        title: "${CUTS} cuts leave the old list or the new one, and the new one once the clerk was told (seed ${SEED})",
        seed: 20_261_124,
        size: long("power cuts", 300, "GATEPOST_CUTS", 5_000),
      },
      {
        file: "test/whole/power-cut-files.test.ts",
        title:
          "promise 4: ${CUTS} cuts over the uplink's cursor: it is whole or absent, and never ahead of the truth (seed ${SEED})",
        seed: 20_261_125,
        size: long("power cuts", 150, "GATEPOST_CUTS", 5_000),
      },
      {
        file: "test/whole/power-cut-files.test.ts",
        title:
          "promise 4: ${CUTS} cuts over migrations: the old version or the new one, nothing lost, and the next start ends it (seed ${SEED})",
        seed: 20_261_125,
        size: long("power cuts", 150, "GATEPOST_CUTS", 5_000),
      },
      {
        file: "test/whole/power-cut-files.test.ts",
        title:
          "promise 4: ${FEW} cuts over a backup: once it is told as made it can be opened, before that it is refused or absent (seed ${SEED})",
        seed: 20_261_125,
        size: { of: "power cuts", short: 30 },
      },
      {
        file: "test/whole/power-cut.test.ts",
        title: "the same cuts on a disk that lies about its syncs do lose rows: the test can fail",
      },
    ],
  },
  {
    name: "crash",
    incident: "The process dies",
    where: [],
    promise: "Deciding again within 2 s; nothing lost, nothing doubled.",
    promises: [1, 3, 4],
    shownBy: [
      {
        file: "test/whole/crash.test.ts",
        title: "${KILLS} SIGKILLs under load lose nothing and double nothing (seed ${SEED})",
        seed: 20_261_124,
        size: long("SIGKILLs", 40, "GATEPOST_KILLS", 500),
      },
    ],
  },
  {
    name: "damaged-database",
    incident: "A damaged database",
    where: ["home-assistant/core#56138"],
    promise: "Decisions go on from the last good list; history is salvaged; the damage is named.",
    promises: [3],
    shownBy: [
      {
        file: "test/keeping/whitelist-damage.test.ts",
        title: "home-assistant/core#56138: a damaged database",
        size: long("damaged lists", 180, "GATEPOST_DAMAGES", 2_000),
      },
      {
        file: "test/keeping/whitelist-damage.test.ts",
        title: "2,000 bytes flipped anywhere, one at a time: seed 7",
        seed: 7,
        size: all("flipped bytes", 2_000),
      },
      {
        file: "test/keeping/journal-damage.test.ts",
        title: "promise 3: a damaged history never stops decisions, and says what it lost",
        size: all("damaged journals", 84),
      },
    ],
  },
  {
    name: "disk-full",
    incident: "The disk is full",
    where: ["supervisor#669", "OctoPi#739"],
    promise: "The gate decides on with no byte free; unsent events are never dropped to make room.",
    promises: [3, 4],
    shownBy: [
      {
        file: "test/whole/full-disk.test.ts",
        title: "forty-five events on a full disk are decided, and recorded once there is room",
      },
      {
        file: "test/keeping/full-disk-start.test.ts",
        title: "a start on a full disk decides, and records once there is room",
      },
      { file: "test/keeping/journal.test.ts", title: "promise 3 and 4: a full disk" },
      {
        file: "test/whole/every-call.test.ts",
        title: "promise 3, 4: ${WHICH} of %s fails (seed ${SEED})",
        seed: 20_261_125,
        size: {
          of: "failing calls to the disk",
          short: 2,
          full: { variable: "GATEPOST_FAILING_CALLS", count: 0, parts: { variable: "GATEPOST_FAILING_PART", of: 16 } },
        },
      },
      {
        file: "test/whole/every-call.test.ts",
        title: "promise 3: no write at all succeeds from some call on: the gate decides on",
      },
    ],
  },
  {
    name: "no-clock",
    incident: "No clock battery: 1970, or a jump of years",
    where: ["OctoPi#606", "Tasmota#5571"],
    promise: "Whoever has no limits passes; nobody is refused by a time that isn't known; no jump opens anything.",
    promises: [1, 3],
    shownBy: [
      {
        file: "test/shell/clock-jumps.test.ts",
        title: "${JUMPS} jumps of the wall clock: no opening without its fresh grant (seed ${SEED})",
        seed: 20_261_124,
        size: long("jumps", 1_000, "GATEPOST_JUMPS", 5_000),
      },
      { file: "test/core/decide.test.ts", title: "an untrusted clock" },
    ],
  },
  {
    name: "weeks-offline",
    incident: "Weeks without a line",
    where: ["thingsboard-gateway#2124", "node-red#2864", "iotedge#392"],
    promise: "All of it is on the disk, and upstream exactly once after de-duplication, in order per lane.",
    promises: [4],
    shownBy: [
      {
        file: "test/uplink/outage.test.ts",
        title:
          "${DAYS} days at ${A_DAY} a day, ${RESTARTS} restarts and ${CUTS} power cuts (seed ${SEED}): all there, once, in order per lane",
        seed: 20_261_125,
        size: long("days of 3,000 passages", 1, "GATEPOST_OUTAGE_DAYS", 90),
      },
      {
        file: "test/uplink/forward.test.ts",
        title: "against an adversary",
        seed: 20_261_125,
        size: long("adversarial brokers", 60, "GATEPOST_BROKER_SEEDS", 1_000),
      },
    ],
  },
  {
    name: "reconnect-storm",
    incident: "All reconnect at once; a cloned SD card",
    where: ["mqtt-io#110"],
    promise: "Full-jitter back-off; a clone is noticed and says so.",
    promises: [3],
    shownBy: [
      {
        file: "test/links/reconnect-storm.test.ts",
        title:
          "reconnect storm: ${GATES} gates lose their broker and are all back, each by its own dice, nothing opened by what waited (seed ${SEED})",
        seed: 20_261_125,
        size: long("gates", 120, "GATEPOST_STORM_GATES", 500),
      },
      {
        file: "test/links/reconnect-storm.test.ts",
        title: "reconnect storm: whoever is refused waits longer each time, up to all of the dice's share",
      },
      {
        file: "test/links/reconnect-storm.test.ts",
        title: "cloned card, MQTT %i: two machines with one name put each other out, and each says in plain words why",
      },
      { file: "test/shell/shared-stories.test.ts", title: "another machine under this gate's own name is told of" },
      {
        file: "test/whole/two-gates.test.ts",
        title: "a second gate on the same data ends at once and says why; the first goes on",
      },
    ],
  },
  {
    name: "serial-unplugged",
    incident: "The serial line is unplugged",
    where: ["node-serialport#648", "libosdp#195"],
    promise: "It comes back by itself; half frames are dropped; the device is marked.",
    promises: [1, 3],
    shownBy: [
      {
        file: "test/links/serial-unplugged.test.ts",
        title: "each byte of a frame: half of it before, half of it after, then a whole one that counts once",
      },
      { file: "test/links/robust-lines.test.ts", title: "unplugged and plugged in again after each byte of a frame" },
      {
        file: "test/links/serial-jammed.test.ts",
        title: "jammed: told, opened anew by itself, and nothing of what waited goes out afterwards",
      },
      {
        file: "test/whole/every-line-call.test.ts",
        title: "promise 1, 3, 4: ${CALLS} times a call on its line fails, and one after it (seed ${SEED})",
        seed: 20_261_125,
        size: long("failing calls on each line", 2, "GATEPOST_FAILING_LINE_CALLS", 200),
      },
    ],
  },
  {
    name: "pins-fail",
    incident: "A pin, the chip or the keeper of the outputs fails",
    where: [],
    promise:
      "The output falls, the trouble is told, and the next opening moves it again; nothing rises without its order.",
    promises: [1, 3],
    shownBy: [
      {
        file: "test/whole/every-pin-call.test.ts",
        title: "promise 1, 3, 4: ${CALLS} times a call on the pins fails, and one after it (seed ${SEED})",
        seed: 20_261_125,
        size: long("failing calls on the pins", 2, "GATEPOST_FAILING_PIN_CALLS", 100),
      },
    ],
  },
  {
    name: "storm",
    incident: "A storm of reads, a chattering input",
    where: [],
    promise: "Decisions stay quick at 200 reads a second beside an input at 1 kHz; the log is coalesced.",
    promises: [3],
    shownBy: [
      {
        file: "test/whole/storm.test.ts",
        title: "${SECONDS} s of ${READS_PER_S} reads and ${JUMPS_PER_S} jumps of a contact a second (seed ${SEED})",
        seed: 20_261_124,
        size: long("seconds", 10, "GATEPOST_STORM_S", 600),
      },
      { file: "test/shell/contacts.test.ts", title: "a minute of %s at 1 kHz leaves few rows and moves nothing" },
    ],
  },
  {
    name: "hang",
    incident: "The process hangs",
    where: [],
    promise: "The watchdog is fed by a real canary decision, so that systemd restarts what doesn't decide.",
    promises: [3],
    shownBy: [
      {
        file: "test/adapters-small/systemd.test.ts",
        title: "the watchdog is fed while the canary lives, and starves with it",
      },
      {
        file: "test/whole/hang.test.ts",
        title: "promise 3: a gate that stands still starves the watchdog, and one that goes on feeds it",
      },
      {
        file: "test/whole/hang.test.ts",
        title: "promise 3: the unit restarts a gate that isn't fed for within 20 s, for ever",
      },
    ],
  },
  {
    name: "hostile-input",
    incident: "Hostile input",
    where: ["CVE-2023-3938 (SQL in a QR code)"],
    promise: "A clear fault, a counter, nothing else.",
    promises: [1, 3],
    shownBy: [
      {
        file: "test/decode/fuzz.test.ts",
        title: "%s: ${EACH} damaged inputs are read without a throw, and what comes out is sound (seed ${SEED})",
        seed: 20_261_124,
        size: long("damaged messages", 20_000, "GATEPOST_FUZZ", 1_000_000),
      },
      {
        file: "test/decode/fuzz.test.ts",
        title: "%s: ${EACH} damaged packets are read without a throw, and what comes out is sound (seed ${SEED})",
        seed: 20_261_124,
        size: long("damaged packets", 20_000, "GATEPOST_FUZZ", 1_000_000),
      },
      { file: "test/whole/serial.test.ts", title: "SQL in a QR code is looked for as it stands and not found" },
      { file: "test/web/page.test.ts", title: "payloads in names and sentences are shown as text" },
    ],
  },
  {
    name: "shared-credentials",
    incident: "Shared or default credentials",
    where: ["CVE-2023-1748 (Nexx)"],
    promise: "One credential per device, which reaches its own topics alone; no default password.",
    promises: [1],
    shownBy: [
      { file: "test/links/broker.test.ts", title: "promise 1: a device speaks only for itself" },
      { file: "test/accounts/entering.test.ts", title: "is made with the code shown on the machine, once" },
    ],
  },
  {
    name: "forged-event",
    incident: "A forged device event",
    where: [],
    promise: "An event counts only from the client that owns the device.",
    promises: [1],
    shownBy: [
      {
        file: "test/links/forged.test.ts",
        title: "${FORGERIES} forgeries by a terminal that owns another topic: 0 openings (seed ${SEED})",
        seed: 20_261_124,
        size: long("forgeries", 1_000, "GATEPOST_FORGERIES", 10_000),
      },
    ],
  },
  {
    name: "unauthenticated-route",
    incident: "An unauthenticated route",
    where: ["捷顺 JieLink+ 2025"],
    promise: "Default deny: every route by every role, in a table.",
    promises: [1],
    shownBy: [
      { file: "test/web/http.test.ts", title: "every route × who asks" },
      { file: "test/web/rights.test.ts", title: "has a row for every route there is" },
      { file: "test/web/rights.test.ts", title: "who gets past the door" },
    ],
  },
  {
    name: "other-origin",
    incident: "CSRF, rebinding, clickjacking, fixation, a disabled user still in",
    where: ["ASVS 3.5", "ASVS 7.4.2", "uhppoted-httpd 0.8.9"],
    promise: "Refused; a disabled account is out within a second, across restarts.",
    promises: [1],
    shownBy: [
      { file: "test/web/attacks.test.ts", title: "a form of another page is refused" },
      {
        file: "test/web/attacks.test.ts",
        title: "another page can't read the state or the stream, nor show ours inside it",
      },
      {
        file: "test/web/attacks.test.ts",
        title: "a name that was turned to our address (rebinding) is answered by a refusal",
      },
      {
        file: "test/accounts/entering.test.ts",
        title: "a cookie that somebody made up beforehand is nobody's (fixation)",
      },
      {
        file: "test/accounts/entering.test.ts",
        title: "of a disabled account is over at once, over a restart too, and its browser is no booth",
      },
    ],
  },
  {
    name: "pin-guessing",
    incident: "A PIN is guessed",
    where: [],
    promise: "Budgets per account, device and site that survive a restart.",
    promises: [1],
    shownBy: [
      {
        file: "test/accounts/entering.test.ts",
        title: "${GUESSES} guesses with 20 restarts from ever new addresses: few are looked at",
        size: long("guesses", 400, "GATEPOST_GUESSES", 10_000),
      },
    ],
  },
  {
    name: "remote-command",
    incident: "A remote command is forged or replayed",
    where: [],
    promise: "Signature, epoch, counter, seconds to live.",
    promises: [1],
    shownBy: [
      {
        file: "test/uplink/command-judge.test.ts",
        title: "promise 1: ${MUTATIONS} mutated commands, none is carried out (seed ${SEED})",
        seed: 20_261_125,
        size: long("mutated commands", 3_000, "GATEPOST_MUTATIONS", 100_000),
      },
      {
        file: "test/osdp/storm.test.ts",
        title: "20,000 forged replies, seed %d: 0 cards",
        size: all("forged replies", 20_000),
      },
    ],
  },
  {
    name: "history-edited",
    incident: "History is edited",
    where: [],
    promise: "The chain names the row; a cut tail is found by a mark kept elsewhere.",
    promises: [5],
    shownBy: [
      { file: "test/keeping/journal.test.ts", title: "promise 5: the chain names the first row that was touched" },
      {
        file: "test/keeping/journal-edits.test.ts",
        title: "promise 5: ${EDITS} edits, deletions, insertions and swaps, each named at its row (seed ${SEED})",
        seed: 20_261_125,
        size: long("edits", 1_000, "GATEPOST_EDITS", 10_000),
      },
    ],
  },
];
