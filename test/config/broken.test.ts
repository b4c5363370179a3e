import { describe, expect, it } from "vitest";
import { type Loaded, type LoadOptions, loadConfig, type NotLoaded } from "../../src/config/load.ts";
import { PROBLEMS } from "../../src/config/problem.ts";
import { PROFILES } from "./profiles.ts";
import { SOUND, siteFolder } from "./site.ts";

function load(yaml: string, env: Readonly<Record<string, string>> = {}, options: LoadOptions = {}): Loaded | NotLoaded {
  const site = siteFolder(yaml);
  try {
    return loadConfig(site.file, env, { profiles: PROFILES, ...options });
  } finally {
    site.remove();
  }
}

/** SOUND with `from` (which must be there) turned into `to`. */
function broken(from: string, to: string): string {
  if (!SOUND.includes(from)) throw new Error(`the sound site has no ${from}`);
  return SOUND.replace(from, () => to);
}

const lane2 = (rest: string): string => `    accessPoints: []
  - id: walk
    kind: pedestrian
    name: 人行门
${rest}
areas:`;
const POINTS = `    accessPoints:
      - { id: car-in, direction: in, readers: [face-in], to: inside }
areas:`;
const board2 = (serial: string, unit: string): string => `    params: { unit: 1 }
  - id: relays-b
    profile: waveshare-modbus-relay
    serial: ${serial}
    params: ${unit}`;

/** what, from, to, code, line, column, part of the English hint */
const TABLE: readonly (readonly [string, string, string, string, number, number, string])[] = [
  ["a tab", "  embedded: {", "\tembedded: {", "YAML_SYNTAX", 6, 1, "tabs"],
  ["a Chinese colon", "dataDir: data", "dataDir：data", "YAML_SYNTAX", 4, 1, "colon"],
  ["a Chinese comma", "port: 1883", "port: 1883， x", "WRONG_TYPE", 6, 38, "1883"],
  ["Chinese quotes", "gate: { id: main,", "gate: { id: “main”,", "BAD_FORM", 3, 13, "Latin keyboard"],
  ["a key twice", "dataDir: data", "dataDir: data\ndataDir: other", "YAML_DUPLICATE_KEY", 5, 1, "Remove one"],
  ["two documents", "dataDir: data", "---\ndataDir: data", "YAML_SYNTAX", 4, 1, "---"],
  ["a mistyped key", "dataDir: data", "datadir: data", "UNKNOWN_KEY", 4, 1, "Did you mean dataDir?"],
  ["a mistyped key in a list", "    barrier: {", "    barier: {", "UNKNOWN_KEY", 21, 5, "Did you mean barrier?"],
  ["a mistyped input role", "      photocell:", "      photocel:", "UNKNOWN_KEY", 27, 7, "Did you mean photocell?"],
  ["a key nobody knows", "dataDir: data", "zzz: 1", "UNKNOWN_KEY", 4, 1, "Known keys: version, site"],
  ["__proto__", "dataDir: data", "__proto__: { a: 1 }", "UNKNOWN_KEY", 4, 1, "Known keys"],
  ["a missing key", "gate: { id: main, name: 正门 }", "gate: { id: main }", "KEY_MISSING", 3, 7, "Add name:"],
  ["a missing group", "gate: { id: main, name: 正门 }\n", "", "KEY_MISSING", 1, 1, "Add gate:"],
  ["a text for a number", "port: 1883", "port: big", "WRONG_TYPE", 6, 38, "“big”"],
  ["a number for a text", "name: 正门", "name: 7", "WRONG_TYPE", 3, 25, "quotes"],
  ["a part of a channel", "channel: 1 }\n      close", "channel: 1.5 }\n      close", "WRONG_TYPE", 23, 40, "1.5"],
  ["a list for a group", "gate: { id: main, name: 正门 }", "gate: [main]", "WRONG_TYPE", 3, 7, "list"],
  ["a port too high", "port: 1883", "port: 70000", "OUT_OF_RANGE", 6, 38, "at most 65535"],
  [
    "no lane",
    SOUND.slice(SOUND.indexOf("lanes:"), SOUND.indexOf("areas:")),
    "lanes: []\n",
    "OUT_OF_RANGE",
    17,
    8,
    "at least 1",
  ],
  ["a kind that isn't", "kind: vehicle", "kind: vehicel", "NOT_ALLOWED", 19, 11, "Did you mean vehicle?"],
  ["a newer form", "version: 1", "version: 2", "CONFIG_NEWER", 1, 10, "Upgrade"],
  ["a version that is none", "version: 1", "version: x", "NOT_ALLOWED", 1, 10, "Possible: 1"],
  ["an id with a capital", "id: xinghe", "id: Xinghe", "BAD_FORM", 2, 13, "small letters"],
  ["a time", '"06:00"', '"6 Uhr"', "BAD_FORM", 38, 32, "06:00"],
  ["days", "days: mon-fri", "days: monday", "BAD_FORM", 38, 17, "mon-fri"],
  ["a holiday that isn't", "timezone: Asia/Shanghai }", "holidays: [2026-02-30] }", "BAD_FORM", 2, 44, "2026-10-01"],
  ["a param name", "params: { unit: 1 }", 'params: { "a b": 1 }', "BAD_FORM", 16, 15, "Letters and digits"],
  ["a time zone", "Asia/Shanghai", "Asia/Shanghei", "TIMEZONE_UNKNOWN", 2, 43, "Asia/Shanghai"],
  ["an id twice", "  - id: relays\n", "  - id: face-in\n", "DUPLICATE_ID", 13, 9, "another id"],
  [
    "an unknown profile",
    "profile: faceterm-mqtt",
    "profile: faceterm-mqt",
    "UNKNOWN_PROFILE",
    9,
    14,
    "Did you mean faceterm-mqtt?",
  ],
  ["an unknown barrier", "profile: dry-contact-barrier", "profile: dry", "UNKNOWN_PROFILE", 21, 25, "There are:"],
  ["an unknown reader", "readers: [face-in]", "readers: [face-im]", "UNKNOWN_DEVICE", 30, 48, "Did you mean face-in?"],
  [
    "an unknown board",
    "open: { device: relays,",
    "open: { device: relay,",
    "UNKNOWN_DEVICE",
    23,
    23,
    "Did you mean relays?",
  ],
  ["an unknown area", "to: inside", "to: insite", "UNKNOWN_AREA", 30, 62, "Did you mean inside?"],
  [
    "an unknown access point",
    "accessPoints: all",
    "accessPoints: [car-im]",
    "UNKNOWN_ACCESS_POINT",
    34,
    37,
    "Did you mean car-in?",
  ],
  [
    "an unknown time profile",
    "timeProfile: daytime",
    "timeProfile: nighttime",
    "UNKNOWN_TIME_PROFILE",
    34,
    54,
    "There are: daytime",
  ],
  [
    "both brokers",
    "{ host: 127.0.0.1, port: 1883 }",
    "{}\n  external: { url: mqtts://b }",
    "CHOOSE_ONE",
    6,
    3,
    "one of them",
  ],
  ["a device without a link", "    serial: { path: /dev/ttyUSB0 }\n", "", "CHOOSE_ONE", 13, 5, "serial:"],
  [
    "an output nowhere",
    "open: { device: relays, channel: 1 }",
    "open: { pulseMs: 500 }",
    "CHOOSE_ONE",
    23,
    7,
    "{ gpio }",
  ],
  [
    "an input in two places",
    "{ gpio: 22, bias: up }",
    "{ gpio: 22, device: relays, channel: 3 }",
    "CHOOSE_ONE",
    28,
    7,
    "{ gpio }",
  ],
  [
    "bias on a board",
    "photocell: { device: relays,",
    "photocell: { bias: up, device: relays,",
    "NOT_APPLICABLE",
    27,
    20,
    "Remove",
  ],
  [
    "activeLow on a relay",
    "close: { device: relays,",
    "close: { activeLow: true, device: relays,",
    "NOT_APPLICABLE",
    24,
    16,
    "Remove",
  ],
  [
    "a serial profile on MQTT",
    "serial: { path: /dev/ttyUSB0 }",
    "mqtt: { passwordFile: secrets/face-in }",
    "LINK_WRONG",
    15,
    5,
    "serial:",
  ],
  ["a param missing", '    params: { deviceId: "2107466" }\n', "", "PARAM_MISSING", 8, 5, "deviceId"],
  ["a param unknown", "params: { unit: 1 }", "params: { units: 1 }", "PARAM_UNKNOWN", 16, 15, "Did you mean unit?"],
  ["a device number unquoted", '"2107466"', "2107466", "WRONG_TYPE", 11, 25, "quotes"],
  [
    "a command unknown",
    "open: { device: relays, channel: 1 }",
    "open: { device: face-in, command: unlok }",
    "COMMAND_UNKNOWN",
    23,
    41,
    "Did you mean unlock?",
  ],
  [
    "a command that moves nothing",
    "open: { device: relays, channel: 1 }",
    "open: { device: face-in, command: configure }",
    "COMMAND_WRONG",
    23,
    41,
    "Fitting: unlock",
  ],
  [
    "MQTT without a broker",
    "mqtt:\n  embedded: { host: 127.0.0.1, port: 1883 }\n",
    "",
    "MQTT_MISSING",
    8,
    5,
    "embedded",
  ],
  [
    "a line with two speeds",
    "    params: { unit: 1 }",
    board2("{ path: /dev/ttyUSB0, baud: 19200 }", "{ unit: 2 }"),
    "SERIAL_CONFLICT",
    19,
    35,
    "alike",
  ],
  [
    "a line with two framings",
    "    params: { unit: 1 }",
    `    params: { unit: 1 }
  - id: cards
    profile: ascii-line-reader
    serial: { path: /dev/ttyUSB0 }`,
    "FRAMING_CONFLICT",
    19,
    5,
    "two serial ports",
  ],
  [
    "a unit twice",
    "    params: { unit: 1 }",
    board2("{ path: /dev/ttyUSB0 }", "{ unit: 1 }"),
    "SERIAL_UNIT_TWICE",
    20,
    21,
    "its own",
  ],
  [
    "a toggle",
    "close: { device: relays, channel: 2 }",
    "close: { device: relays, channel: 1 }",
    "OUTPUT_TWICE",
    24,
    7,
    "toggle",
  ],
  [
    "an input twice",
    "photocell: { device: relays, channel: 2, activeLow: true }",
    "photocell: { device: relays, channel: 1, activeLow: true }",
    "INPUT_TWICE",
    27,
    7,
    "One input per contact",
  ],
  [
    "a line in and out",
    "open: { device: relays, channel: 1 }",
    "open: { gpio: 22 }",
    "LINE_TWICE",
    28,
    21,
    "another line",
  ],
  [
    "a close that nothing guards",
    "      photocell: { device: relays, channel: 2, activeLow: true }\n",
    "",
    "CLOSE_UNGUARDED",
    24,
    7,
    "safety-loop",
  ],
  [
    "no guard by order",
    "    accessPoints:\n",
    "    guards: []\n    accessPoints:\n",
    "CLOSE_UNGUARDED",
    24,
    7,
    "remove outputs.close",
  ],
  [
    "a guard that isn't wired",
    "    accessPoints:\n",
    "    guards: [photocell, radar]\n    accessPoints:\n",
    "GUARD_NOT_WIRED",
    29,
    25,
    "Add radar",
  ],
  ["a lane that can't open", "      open: { device: relays, channel: 1 }\n", "", "OPEN_MISSING", 22, 5, "outputs.open"],
  ["an iron gate with a relay", "kind: vehicle", "kind: monitored", "MONITORED_WITH_OUTPUT", 22, 5, "pedestrian"],
  [
    "a reader in two lanes",
    POINTS,
    lane2(
      "    outputs: { open: { gpio: 17 } }\n    accessPoints: [{ id: a, direction: in, readers: [face-in] }, { id: b, direction: in, readers: [face-in] }]",
    ),
    "READER_TWICE",
    34,
    100,
    "one lane",
  ],
  ["an area to itself", "to: inside", "from: inside, to: inside", "AREA_SAME", 30, 76, "outside"],
  [
    "a long time that is short",
    "    accessPoints:\n",
    "    times: { accessMs: 9000, longAccessMs: 8000 }\n    accessPoints:\n",
    "TIMES_CONTRADICT",
    29,
    44,
    "At least 9000",
  ],
  [
    "a pre-alarm after the alarm",
    "    accessPoints:\n",
    "    times: { heldMs: 9000, preAlarmMs: 9000 }\n    accessPoints:\n",
    "TIMES_CONTRADICT",
    29,
    40,
    "Less than 9000",
  ],
  ["a window of no length", '"22:00"', '"06:00"', "TIMES_CONTRADICT", 38, 32, "00:00 until 24:00"],
  [
    "dates the wrong way round",
    "  - id: daytime\n",
    "  - id: daytime\n    firstDate: 2026-05-01\n    lastDate: 2026-04-01\n",
    "DATES_CONTRADICT",
    38,
    15,
    "Swap",
  ],
  [
    "timed without minutes",
    "{ id: inside }",
    "{ id: inside, antiPassback: timed }",
    "KEY_MISSING",
    32,
    5,
    "timedMinutes",
  ],
  ["minutes without timed", "{ id: inside }", "{ id: inside, timedMinutes: 5 }", "NOT_APPLICABLE", 32, 19, "timed"],
  [
    "an interlock of one",
    "    accessPoints:\n",
    "    interlock: trap\n    accessPoints:\n",
    "INTERLOCK_ALONE",
    29,
    16,
    "second lane",
  ],
  ["a face without a purpose", "    purpose: 业主自愿登记后进门\n", "", "PURPOSE_MISSING", 8, 5, "art. 4"],
  ["a simulated line", "{ path: /dev/ttyUSB0 }", "{ simulated: true }", "SIMULATION_REFUSED", 15, 15, "demonstrations"],
  ["simulated pins", "dataDir: data", "gpio: { backend: simulated }", "SIMULATION_REFUSED", 4, 18, "demonstrations"],
  [
    "a password in the file",
    "passwordFile: secrets/face-in",
    "password: hunter2",
    "SECRET_INLINE",
    10,
    13,
    "passwordFile: secrets/face-in",
  ],
  [
    "no password at all",
    "{ passwordFile: secrets/face-in }",
    "{}",
    "SECRET_MISSING",
    10,
    5,
    "passwordFile: secrets/face-in",
  ],
  [
    "a password file that isn't",
    "secrets/face-in }",
    "secrets/nobody }",
    "SECRET_UNREADABLE",
    10,
    27,
    "secrets/nobody",
  ],
  [
    "a barrier as a device",
    "profile: faceterm-mqtt",
    "profile: dry-contact-barrier",
    "PROFILE_WRONG_KIND",
    9,
    14,
    "Fitting: faceterm-mqtt",
  ],
  [
    "a device as a barrier",
    "profile: dry-contact-barrier",
    "profile: faceterm-mqtt",
    "PROFILE_WRONG_KIND",
    21,
    25,
    "Fitting: dry-contact-barrier",
  ],
  [
    "one fire contact in two senses",
    POINTS,
    lane2("    outputs: { open: { gpio: 17 } }\n    inputs: { fire: { gpio: 22, activeLow: true } }"),
    "SENSE_CONFLICT",
    34,
    15,
    "same activeLow",
  ],
  [
    "a page for everybody without a name",
    "dataDir: data",
    "page: { host: 0.0.0.0, operatorTokenFile: secrets/operator }",
    "PAGE_NAMELESS",
    4,
    15,
    "page.hosts:",
  ],
  ["a host with its port", "dataDir: data", "page: { hosts: ['gate:80'] }", "BAD_FORM", 4, 17, "without port"],
];

it("one wrong blank is one error, in words", () => {
  const loaded = load(broken("    barrier: {", "   barrier: {"));
  const found = "errors" in loaded ? loaded.errors : [];
  expect(found.map((one) => [one.code, one.line])).toEqual([["YAML_SYNTAX", 21]]);
  expect(found[0]?.message.zh).not.toMatch(/[A-Z]_[A-Z]/);
});

describe("a broken gate.yaml is told with its line and a hint", () => {
  it.each(TABLE)("%s", (_what, from, to, code, line, column, hint) => {
    const result = load(broken(from, to));
    const errors = "errors" in result ? result.errors : [];
    expect(errors.map((found) => [found.code, found.line, found.column])).toContainEqual([code, line, column]);
    const found = errors.find((problem) => problem.code === code && problem.line === line);
    expect(found?.hint.en).toContain(hint);
    expect(found?.hint.zh).toMatch(/\p{Script=Han}/u);
    expect(found?.message.zh).toMatch(/\p{Script=Han}/u);
    expect(JSON.stringify(errors)).not.toContain("hunter2");
  });

  it("the sound site is sound", () => {
    const result = load(SOUND);
    expect("errors" in result ? result.errors : []).toEqual([]);
    expect(result.warnings).toEqual([]);
  });

  it("all errors come at once, by line", () => {
    const result = load(
      SOUND.replace("channel: 2 }\n    inputs", "channel: 1 }\n    inputs")
        .replace("to: inside", "to: nowhere")
        .replace("profile: faceterm-mqtt", "profile: nothing"),
    );
    const errors = "errors" in result ? result.errors : [];
    expect(errors.map((found) => found.code)).toEqual(["UNKNOWN_PROFILE", "OUTPUT_TWICE", "UNKNOWN_AREA"]);
    expect(errors.map((found) => found.path)).toEqual([
      "devices[0].profile",
      "lanes[0].outputs.close",
      "lanes[0].accessPoints[0].to",
    ]);
  });

  it("several schema errors come at once too", () => {
    const result = load(SOUND.replace("kind: vehicle", "kind: boat").replace("port: 1883", "port: -1"));
    expect("errors" in result ? result.errors.map((found) => found.code) : []).toEqual(["OUT_OF_RANGE", "NOT_ALLOWED"]);
  });
});

/** what, from, to, code, line */
const DANGERS: readonly (readonly [string, string, string, string, number])[] = [
  [
    "a page open to the network",
    "dataDir: data",
    "page: { host: 0.0.0.0, hosts: [gate.lan], operatorTokenFile: secrets/operator }",
    "PAGE_EXPOSED",
    4,
  ],
  [
    "a page in the clear, by a host that only looks like this machine",
    "dataDir: data",
    "page: { host: 127.example.com }",
    "PAGE_EXPOSED",
    4,
  ],
  [
    "a reason twice",
    "dataDir: data",
    "page:\n  reasons:\n    - { zh: 访客, en: Visitor }\n    - { zh: 送水, en: Water }\n    - { zh: ' 访客', en: Guest }",
    "REASON_TWICE",
    8,
  ],
  ["a broker in the clear", "host: 127.0.0.1", "host: 192.168.4.1", "BROKER_EXPOSED", 6],
  ["a clock believed blindly", "dataDir: data", "clock: { trust: trusted }", "CLOCK_TRUSTED_BLINDLY", 4],
  ["a guard left out", "      fire:", "      radar: { gpio: 5 }\n      fire:", "GUARD_LEFT_OUT", 30],
  ["an arm nobody sees", "      limit-open: { device: relays, channel: 1 }\n", "", "POSITION_UNKNOWN", 26],
  [
    "a pulse that is a latch",
    "close: { device: relays, channel: 2 }",
    "close: { device: relays, channel: 2, pulseMs: 5000 }",
    "PULSE_LONG",
    24,
  ],
  [
    "a day of locked-open",
    "    name: 进口车道\n",
    "    name: 进口车道\n    maxLockedOpenMinutes: 1440\n",
    "LOCKED_OPEN_LONG",
    21,
  ],
  ["old events", "to: inside", "to: inside, freshSeconds: 9", "FRESH_LONG", 30],
  ["a low confidence", "to: inside", "to: inside, minConfidence: 0.3", "CONFIDENCE_LOW", 30],
  ["a device that does nothing", "readers: [face-in]", "readers: []", "UNUSED", 8],
  ["a point without a reader", "readers: [face-in]", "readers: []", "READERS_EMPTY", 30],
  ["a point nobody may pass", "accessPoints: all", "accessPoints: [other]", "UNUSED", 30],
  ["a guard whose cut cable looks clear", "channel: 2, activeLow: true", "channel: 2", "GUARD_CUT_CABLE", 27],
  [
    "a guard on a floating pin",
    "photocell: { device: relays, channel: 2, activeLow: true }",
    "photocell: { gpio: 5 }",
    "GUARD_CUT_CABLE",
    27,
  ],
];

describe("a dangerous setting is a warning", () => {
  it.each(DANGERS)("%s", (what, from, to, code, line) => {
    const guards =
      what === "a guard left out"
        ? SOUND.replace("    accessPoints:\n", "    guards: [photocell]\n    accessPoints:\n")
        : SOUND;
    const result = load(guards.replace(from, to));
    expect(result.warnings.map((found) => [found.code, found.line])).toContainEqual([code, line]);
  });

  it("faces alone are warned of; a face and a card are not", () => {
    const only = PROFILES.map((profile) =>
      profile.id === "faceterm-mqtt" ? { ...profile, claims: ["face" as const] } : profile,
    );
    expect(load(SOUND, {}, { profiles: only }).warnings.map((found) => found.code)).toEqual(["FACE_ONLY"]);
    expect(load(SOUND).warnings).toEqual([]);
  });
});

it("every problem code stands once", () => {
  expect(new Set(PROBLEMS).size).toBe(PROBLEMS.length);
  for (const code of PROBLEMS) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
});
