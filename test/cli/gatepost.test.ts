import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gatepost, verbs } from "../../src/cli/gatepost.ts";
import type { Io } from "../../src/cli/verb.ts";
import type { ConfigDiffed, EraseResult, ImportResult, Works } from "../../src/cli/works.ts";
import { csvCell } from "../../src/core/csv.ts";
import { GateError } from "../../src/core/fault.ts";
import type { Row } from "../../src/shell/ports.ts";
import { BARRIER, PROFILES } from "../config/profiles.ts";
import { SOUND, siteFolder } from "../config/site.ts";

const ROW: Row = {
  seq: 7,
  boot: "b1",
  at: 12.5,
  wallMs: Date.UTC(2026, 10, 7, 1, 2, 3),
  trust: "trusted",
  kind: "decision",
  lane: "car-in",
  open: { reason: "granted\u001b[2J" },
  sealed: { name: '=HYPERLINK("x")' },
  hash: "abc",
};
const IMPORTED: ImportResult = {
  added: [{ who: "林秀兰 3-1-302", row: 2, cells: [{ column: "卡号", to: "0005913727" }] }],
  changed: [{ who: "周建国", row: 3, cells: [{ column: "车牌", from: "川K5B38M", to: "川KD12345" }] }],
  removed: [{ who: "韩梅", cells: [] }],
  same: 27,
  errors: [],
  nowhere: 0,
  outcome: "dry-run",
};

const ERASED: EraseResult = {
  outcome: "dry-run",
  id: "R-0417",
  person: { name: "林秀兰", household: "3-1-302", credentials: 3 },
  files: ["/data/whitelist.sqlite", "/data/whitelist.sqlite.previous"],
  aside: [],
};

const DIFFED: ConfigDiffed = {
  file: "/new.yaml",
  base: "/c",
  errors: [],
  warnings: [],
  changes: [
    {
      part: "wires",
      path: "lanes[walk].outputs.open",
      what: { zh: "开", en: "Opens" },
      from: { zh: "第 1 路", en: "relay 1" },
      to: { zh: "第 2 路", en: "relay 2" },
    },
    { part: "people", path: "site.holidays[2026-01-01]", to: { zh: "2026-01-01", en: "2026-01-01" } },
  ],
};

/** Works that note what they were asked; each can be replaced. */
function recorded(replaced: Partial<Works> = {}): { readonly works: Works; readonly asked: unknown[] } {
  const asked: unknown[] = [];
  const note = <Result>(result: Result) => {
    return async (options: unknown): Promise<Result> => {
      asked.push(options);
      return result;
    };
  };
  const works: Works = {
    version: "0.1.0",
    loadOptions: { profiles: PROFILES, profileDefaults: () => BARRIER },
    start: note(0),
    carryExport: note({ folder: "/media/usb", written: 2, skipped: 1, records: 40, quarters: 3, lastSeq: 60 }),
    carryImport: note({
      files: [
        { file: "/media/usb/a.gpb", told: { moved: [{ stream: "event", storedSeq: 60 }], known: 1 } },
        {
          file: "/media/usb/b.gpb",
          told: { code: "BUNDLE_FOREIGN", message: "BUNDLE_FOREIGN: no", moved: [], known: 0 },
        },
        { file: "/media/usb/c.gpb" },
      ],
    }),
    carryKeys: note({ site: "s", gate: "g", pem: "-----BEGIN PUBLIC KEY-----\n" }),
    carryRead: note({
      lines: ['{"on":"alarm"}'],
      days: [
        { site: "s", gate: "g", day: "2026-11-24", records: 4, missing: [] },
        { site: "s", gate: "g", day: "2026-11-25", records: 4, missing: [{ stream: "event", after: 5, before: 9 }] },
      ],
      whole: [],
      damaged: [],
    }),
    demo: note(0),
    importFile: note(IMPORTED),
    exportList: note([
      ["编号", "姓名", "密码"],
      ["R-1", "林,秀兰", "••••"],
    ]),
    erase: note(ERASED),
    decode: note({
      readings: [
        {
          is: "read",
          kind: "hello",
          reports: [{ is: "heartbeat" }],
          answers: [{ topic: "t", bytes: new Uint8Array([1, 255]) }],
        },
      ],
      skipped: 2,
    }),
    verifyJournal: note({ rows: 3, firstSeq: 1, lastSeq: 3, lastHash: "ff", lost: [] }),
    bundle: note({ file: "/b", files: [] }),
    backup: note({ file: "/b", bytes: 1, files: [], rows: 0, outside: [] }),
    restore: note({ config: "/c", dataDir: "/d", files: [], rows: 0, aside: [] }),
    doctor: note({ version: "0.1.0", parts: [] }),
    configStatus: note({ file: "/c", is: "in-force", ready: true, why: [] }),
    configDiff: note(DIFFED),
    configApply: async (options, agree) => {
      asked.push(options);
      return { outcome: (await agree(DIFFED)) ? "in-force" : "declined", ...DIFFED };
    },
    journalRows: async function* (options) {
      asked.push(options);
      yield ROW;
    },
    siteZone: async () => "Asia/Shanghai",
    enrol: note({
      taken: ["R-0417"],
      refused: [{ file: "x.jpg", why: { zh: "不是 JPEG 照片", en: "This is no JPEG picture" } }],
    }),
    terminals: note([]),
    accounts: note({
      accounts: [{ name: "wang", who: "王建国", role: "guard", disabled: false, secret: "pin", totp: false }],
      secret: "73918465",
    }),
    simulate: async (options, tell) => {
      asked.push(options);
      tell({ zh: "连接", en: "connecting" });
      return { sent: options.count, acknowledged: 1, commands: 0 };
    },
    devices: note({ ports: [], lines: [], brokers: [] }),
    ...replaced,
  };
  return { works, asked };
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly asked: readonly unknown[];
}
async function run(
  args: readonly string[],
  replaced: Partial<Works> = {},
  env: Io["env"] = {},
  stdin = "",
): Promise<Ran> {
  const { works, asked } = recorded(replaced);
  const spoken = { out: "", err: "" };
  const io: Io = {
    out: (text) => {
      spoken.out += text;
    },
    err: (text) => {
      spoken.err += text;
    },
    stdin: async () => stdin,
    env,
  };
  const code = await gatepost(args, io, works);
  return { code, ...spoken, asked };
}

describe("help", () => {
  const all = verbs(recorded().works);

  it("names every verb in both languages, or in one", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    for (const verb of all) expect(out).toContain(`  ${verb.name}`);
    expect(out).toMatch(/配置.*Check the configuration/);
    expect((await run(["--help", "--lang", "en"])).out).not.toMatch(/\p{Script=Han}/u);
    expect((await run(["--help"], {}, { LANG: "zh_CN.UTF-8" })).out).not.toContain("Check the configuration");
  });

  it.each(all.map((verb) => verb.name))(
    "%s --help and help %s say the same: usage, options, examples, exit codes",
    async (name) => {
      const verb = all.find((candidate) => candidate.name === name);
      const { code, out, asked } = await run([name, "--help"]);
      expect(code).toBe(0);
      expect(asked).toEqual([]);
      expect((await run(["help", name])).out).toBe(out);
      expect(out).toContain(`gatepost ${verb?.usage}`);
      for (const option of verb?.options ?? []) expect(out).toContain(`--${option.name}`);
      for (const example of verb?.examples ?? []) expect(out).toContain(example.line);
      for (const exit of verb?.exitCodes ?? []) expect(out).toContain(`\n  ${exit.code}  `);
      expect(verb?.examples.length).toBeGreaterThan(0);
    },
  );

  it("--version", async () => {
    expect(await run(["--version"])).toMatchObject({ code: 0, out: "gatepost 0.1.0\n" });
  });
});

describe("wrong use ends with 2, a clear message and nothing done", () => {
  it.each([
    [[], "check"],
    [["chekc"], "did you mean check?"],
    [["frobnicate"], "Known: start, demo"],
    [["--hlep"], "did you mean --help?"],
    [["help", "improt"], "did you mean import?"],
    [["check", "--jsno"], "did you mean --json?"],
    [["check", "-x"], "no option -x"],
    [["check", "--config"], "An option is wrong"],
    [["check", "--json=yes"], "An option is wrong"],
    [["check", "a", "b"], "Unexpected argument `b`"],
    [["check", "a", "--config", "b"], "Two files"],
    [["start", "now"], "Unexpected argument `now`"],
    [["demo", "--port", "70000"], "from 0 to 65535"],
    [["demo", "--seed", "abc"], "from 0 to 4294967295"],
    [["import"], "An argument is missing"],
    [["import", "a.csv", "--apply", "--dry-run"], "Either"],
    [["erase"], "An argument is missing"],
    [["erase", "R-0417", "--apply", "--dry-run"], "Either"],
    [["decode"], "An argument is missing"],
    [["decode", "p", "x", "-p", "novalue"], "NAME=VALUE"],
    [["decode", "p", "E", "--hex"], "Not bytes in hex"],
    [["journal", "burn"], "show export verify"],
    [["journal", "export", "--format", "xml"], "possible: jsonl, csv"],
    [["simulate", "p", "--value", "1"], "--link must be"],
    [["check", "--lang", "fr"], "possible: zh, en"],
    [["che\u001b[2Jck"], "�[2J"],
    [["simulate", "p", "--colour", "red"], "no option --colour"],
  ])("gatepost %j", async (args, message) => {
    const { code, out, err, asked } = await run(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toMatch(/\p{Script=Han}/u);
    expect(out).toBe("");
    expect(asked).toEqual([]);
  });
});

it.each([
  ["en", /^[^\p{Script=Han}]+$/u],
  ["zh", /\p{Script=Han}/u],
] as const)("wrong use is told in the language asked for: %s", async (lang, told) => {
  const { code, err } = await run(["simulate", "p", "--colour", "red", "--lang", lang]);
  expect([code, err.includes(" / ")]).toEqual([2, false]);
  expect(err).toMatch(told);
});

describe("check", () => {
  async function check(
    yaml: string,
    args: readonly string[],
    env: Io["env"] = {},
  ): Promise<Ran & { readonly file: string }> {
    const site = siteFolder(yaml);
    try {
      return { ...(await run(["check", site.file, ...args], {}, env)), file: site.file };
    } finally {
      site.remove();
    }
  }

  it("a sound file ends with 0", async () => {
    const { code, out } = await check(SOUND, []);
    expect(code).toBe(0);
    expect(out).toContain("Sound: 1 lanes, 2 devices, 0 warnings");
  });

  it("every error stands with file, line, column, code and hint; it ends with 1", async () => {
    const { code, out, file } = await check(
      SOUND.replace("dataDir: data", "datadir: data").replace("kind: vehicle", "kind: boat"),
      [],
    );
    expect(code).toBe(1);
    expect(out).toContain(`${file}:4:1 错误 / error UNKNOWN_KEY datadir\n`);
    expect(out).toContain("→ 是不是想写 dataDir？ / Did you mean dataDir?");
    expect(out).toContain(`${file}:19:11 错误 / error NOT_ALLOWED lanes[0].kind\n`);
    expect(out).toContain("2 errors, 0 warnings");
  });

  it("warnings end with 0, with --strict 1", async () => {
    const page = "page: { host: 0.0.0.0, hosts: [gate.lan], operatorTokenFile: secrets/operator }";
    const exposed = SOUND.replace("dataDir: data", page);
    expect(await check(exposed, [])).toMatchObject({ code: 0, out: expect.stringContaining("PAGE_EXPOSED") });
    expect(await check(exposed, ["--strict"])).toMatchObject({ code: 1 });
  });

  it("--json is for scripts", async () => {
    const { code, out, file } = await check(SOUND.replace("port: 1883", "port: big"), ["--json"]);
    expect(code).toBe(1);
    const told: unknown = JSON.parse(out);
    expect(told).toMatchObject({
      file,
      good: false,
      errors: [{ code: "WRONG_TYPE", line: 6, column: 38, path: "mqtt.embedded.port" }],
      warnings: [],
    });
  });

  it("--json tells where the page will be", async () => {
    const page = "page: { host: 0.0.0.0, port: 8443, hosts: [gate.local], tls: auto }";
    const { code, out } = await check(SOUND.replace("dataDir: data", page), ["--json"]);
    expect(code).toBe(0);
    const told: unknown = JSON.parse(out);
    expect(told).toMatchObject({ page: { host: "0.0.0.0", port: 8443, hosts: ["gate.local"], encrypted: true } });
  });

  it("takes the file from --config or GATEPOST_CONFIG, and leaves secrets alone when told", async () => {
    const site = siteFolder(SOUND.replace("secrets/face-in", "secrets/elsewhere"));
    try {
      expect(await run(["check"], {}, { GATEPOST_CONFIG: site.file })).toMatchObject({
        code: 1,
        out: expect.stringContaining("SECRET_UNREADABLE"),
      });
      expect(await run(["check", "--config", site.file, "--without-secrets"])).toMatchObject({ code: 0 });
    } finally {
      site.remove();
    }
  });

  it("a missing file is an error with a hint", async () => {
    expect(await run(["check", "/nowhere/gate.yaml"])).toMatchObject({
      code: 1,
      out: expect.stringContaining("CONFIG_UNREADABLE"),
    });
  });
});

describe("the other verbs hand their arguments to the works and print what comes back", () => {
  it.each([
    [["start", "-c", "/a.yaml"], { configPath: "/a.yaml" }],
    [["start"], { configPath: "/etc/gatepost/gate.yaml" }],
    [["demo"], { traffic: true }],
    [
      ["demo", "--port", "0", "--mqtt-port", "0", "--seed", "7", "--for", "60", "--quiet-street"],
      { traffic: false, pagePort: 0, mqttPort: 0, seed: 7, forSeconds: 60 },
    ],
    [["import", "r.csv"], { configPath: "/etc/gatepost/gate.yaml", file: "r.csv", apply: false, allowRemovals: false }],
    [
      ["import", "r.csv", "--apply", "--allow-removals"],
      { configPath: "/etc/gatepost/gate.yaml", file: "r.csv", apply: true, allowRemovals: true },
    ],
    [["export"], { configPath: "/etc/gatepost/gate.yaml" }],
    [["erase", "R-0417"], { configPath: "/etc/gatepost/gate.yaml", person: "R-0417", apply: false }],
    [["erase", "R-0417", "--apply"], { configPath: "/etc/gatepost/gate.yaml", person: "R-0417", apply: true }],
    [
      ["decode", "p", "EF aa-01", "--hex", "-p", "unit=1", "--param", "deviceId=a=b"],
      { profile: "p", text: "EFaa01", hex: true, params: { unit: "1", deviceId: "a=b" } },
    ],
    [["config"], { configPath: "/etc/gatepost/gate.yaml" }],
    [
      ["config", "apply", "n.yaml", "--yes", "--wait", "90", "-c", "/a.yaml", "--unit", "gate2"],
      { configPath: "/a.yaml", file: "n.yaml", waitS: 90, unit: "gate2" },
    ],
    [["config", "rollback", "-y"], { configPath: "/etc/gatepost/gate.yaml", back: true, waitS: 60 }],
    [["devices"], { links: [], forMs: 5_000, bauds: [], ask: false }],
    [
      ["devices", "/dev/ttyUSB0", "broker", "--for", "9", "--baud", "9600", "--ask", "-c", "/a.yaml"],
      { links: ["/dev/ttyUSB0", "broker"], forMs: 9_000, bauds: [9_600], ask: true, configPath: "/a.yaml" },
    ],
    [["journal", "show"], { configPath: "/etc/gatepost/gate.yaml", since: 0, last: 20 }],
    [["journal", "export", "--since", "5"], { configPath: "/etc/gatepost/gate.yaml", since: 5 }],
    [["journal", "verify"], { configPath: "/etc/gatepost/gate.yaml" }],
    [
      [
        "simulate",
        "p",
        "--link",
        "mqtt://127.0.0.1:1883",
        "--value",
        "a",
        "--value",
        "b",
        "--count",
        "4",
        "--username",
        "u",
      ],
      {
        profile: "p",
        link: "mqtt://127.0.0.1:1883",
        count: 4,
        everyMs: 1000,
        values: ["a", "b"],
        params: {},
        username: "u",
      },
    ],
  ])("gatepost %j", async (args, expected) => {
    const { code, asked, err } = await run(args);
    expect(asked).toEqual([expected]);
    expect(code, err).toBe(0);
  });

  it.each([
    ["for -", ["decode", "p", "-", "--topic", "t/1"]],
    ["without a text", ["decode", "p", "--topic", "t/1"]],
  ])("decode reads standard input %s", async (_what, args) => {
    const { asked, out } = await run(args, {}, {}, '{"a":1}');
    expect(asked).toEqual([{ profile: "p", text: '{"a":1}', hex: false, params: {}, topic: "t/1" }]);
    expect(out).toContain("kind: hello");
    expect(out).toContain("t 01 ff");
    expect(out).toContain("2 bytes skipped");
  });

  it("decode --samples runs a profile's own samples, and ends with 1 when something is wrong", async () => {
    const found = (findings: readonly { where: string; message: string; hint?: string }[]) => ({
      decode: async () => ({ readings: [], skipped: 0, samples: { count: 3, findings } }),
    });
    expect(await run(["decode", "p", "--samples"], found([]))).toMatchObject({ code: 0 });
    expect((await run(["decode", "p", "--samples"], found([]))).out).toContain("All 3 samples pass");
    const wrong = await run(["decode", "p", "--samples"], found([{ where: "/link", message: "no", hint: "yes" }]));
    expect([wrong.code, wrong.out]).toEqual([1, "! /link: no\n    yes\n"]);
    const bare = await run(["decode", "p", "--samples", "--json"], found([{ where: "/a", message: "b" }]));
    expect(JSON.parse(bare.out)).toEqual({ count: 3, findings: [{ where: "/a", message: "b" }] });
    expect((await run(["decode", "p", "--samples"], found([{ where: "/a", message: "b" }]))).out).toBe("! /a: b\n");
  });

  it("decode tells the first frame that is none, byte by byte", async () => {
    const bytes = [{ at: 4, found: "", expected: "03", fits: false, zh: "校验", en: "sum" }];
    const { out } = await run(["decode", "p", "EF AA", "--hex"], {
      decode: async () => ({ readings: [], skipped: 2, bytes }),
    });
    expect(out).toContain("! 偏移 4：是 （无），应为 03（校验） / offset 4: found nothing, expected 03 (sum)");
  });

  it("decode ends with 1 for a fault or no frame, and shows bytes in JSON as hex", async () => {
    const fault = { code: "bad-checksum", where: "4", message: "xor" } as const;
    expect(
      await run(["decode", "p", "x"], { decode: async () => ({ readings: [{ is: "fault", fault }], skipped: 0 }) }),
    ).toMatchObject({
      code: 1,
      out: "! bad-checksum 4: xor\n",
    });
    expect(await run(["decode", "p", "x"], { decode: async () => ({ readings: [], skipped: 0 }) })).toMatchObject({
      code: 1,
    });
    expect(JSON.parse((await run(["decode", "p", "x", "--json"])).out)).toMatchObject({
      readings: [{ answers: [{ hex: "01 ff" }] }],
    });
  });

  it("config diff shows the wires first, and its exit code is diff's own", async () => {
    const { code, out } = await run(["config", "diff", "n.yaml", "--lang", "en"]);
    expect(out.split("\n")).toEqual([
      "Compared with: /c",
      "",
      "Wires: relays, pins, lines, addresses, times",
      "  ~ lanes[walk].outputs.open  Opens",
      "      relay 1",
      "    → relay 2",
      "",
      "People: who may pass where and when",
      "  + site.holidays[2026-01-01]",
      "      2026-01-01",
      "",
    ]);
    expect(code).toBe(1);
    expect(await run(["config", "diff"], { configDiff: async () => ({ ...DIFFED, changes: [] }) })).toMatchObject({
      code: 0,
    });
    const errors = [
      {
        code: "YAML_SYNTAX",
        severity: "error",
        file: "/new.yaml",
        line: 3,
        column: 7,
        path: "",
        message: { zh: "", en: "no" },
        hint: { zh: "", en: "yes" },
      },
    ] as const;
    const broken = await run(["config", "diff"], { configDiff: async () => ({ ...DIFFED, errors, changes: [] }) });
    expect([broken.code, broken.err]).toEqual([2, expect.stringContaining("/new.yaml:3:7")]);
  });

  it.each([
    ["in-force", {}, 0, "In force, and the gate is ready"],
    ["in-force", { why: ["relays: gone"] }, 0, "isn't ready, as it wasn't before: relays: gone"],
    ["laid", {}, 0, "sudo systemctl start gatepost"],
    ["laid", { runs: true }, 0, "restart the gate"],
    ["same", {}, 0, "in force already"],
    ["declined", {}, 1, "Nothing was changed"],
    ["put-back", { why: ["it ends"], isBack: true }, 1, "Not in force: it ends. The one of before is back"],
    ["put-back", { why: ["it ends"], isBack: false }, 1, "sudo systemctl status gatepost"],
    ["stuck", { why: ["it ends"] }, 1, "There is none to go back to"],
    ["errors", {}, 1, "It has errors; nothing was changed"],
  ] as const)("config apply: %s %j ends with %i and says what is now", async (outcome, more, ends, sentence) => {
    const { code, out } = await run(["config", "apply", "n.yaml", "--lang", "en"], {
      configApply: async () => ({ ...DIFFED, outcome, ...more }),
    });
    expect([code, out]).toEqual([ends, expect.stringContaining(sentence)]);
  });

  it.each([
    ["other", 1, "isn't in force"],
    ["stands-in", 1, "last good one"],
    ["not-running", 1, "No gate answers"],
  ] as const)("config: %s ends with %i", async (is, ends, sentence) => {
    const { code, out } = await run(["config", "--lang", "en"], {
      configStatus: async () => ({ file: "/c", is, sha256: "ab", ready: false, why: ["relays"], offered: "/o" }),
    });
    expect([code, out]).toEqual([ends, expect.stringContaining(sentence)]);
    expect(out).toContain("not ready: relays");
    expect(out).toContain("handed in: /o");
  });

  it.each([
    [["config", "aply", "x"]],
    [["config", "status", "x"]],
    [["config", "rollback", "x"]],
    [["config", "apply", "x", "--json"]],
  ])("%j is wrong usage, and nothing is asked", async (args) => {
    expect(await run(args)).toMatchObject({ code: 2, asked: [] });
  });

  it("import prints a diff and what to do next", async () => {
    const { out } = await run(["import", "r.csv", "--lang", "en"]);
    expect(out.split("\n")).toEqual([
      "+ 林秀兰 3-1-302 (2)  卡号: 0005913727",
      "~ 周建国 (3)  车牌: 川K5B38M → 川KD12345",
      "- 韩梅",
      "1 new, 1 changed, 1 to suspend, 27 the same, 0 errors",
      "Preview only, nothing written; add --apply to write it",
      "",
    ]);
  });

  it("export is a file that a spreadsheet reads, or JSON", async () => {
    expect((await run(["export"])).out).toBe('\uFEFF编号,姓名,密码\r\nR-1,"林,秀兰",••••\r\n');
    expect(JSON.parse((await run(["export", "--json"])).out)).toEqual([{ 编号: "R-1", 姓名: "林,秀兰", 密码: "••••" }]);
  });

  it("erase says who would go, what to do next, and what is left to do elsewhere", async () => {
    const { out } = await run(["erase", "R-0417", "--lang", "en"]);
    expect(out.split("\n")).toEqual([
      "- R-0417 林秀兰 3-1-302",
      "3 credentials",
      "  /data/whitelist.sqlite",
      "  /data/whitelist.sqlite.previous",
      "Preview only, nothing erased; add --apply to do it",
      "Still to do: take the row out of the clerk's file, and the face out of the terminals",
      "",
    ]);
    const gone = { ...ERASED, outcome: "erased", aside: ["/data/whitelist.sqlite.damaged"] } as const;
    const erased = await run(["erase", "R-0417", "--apply"], { erase: async () => gone });
    expect(erased.out).toContain("whitelist.sqlite.damaged");
    expect(erased.out).toContain("不再能读出这个人");
    const nobody = { outcome: "not-found", id: "R-1", files: [], aside: [] } as const;
    expect(await run(["erase", "R-1"], { erase: async () => nobody })).toMatchObject({ code: 1 });
  });

  it.each([
    ["applied", 0],
    ["has-errors", 1],
    ["refused", 3],
  ] as const)("import that is %s ends with %i", async (outcome, code) => {
    expect(
      await run(["import", "r.csv", "--apply"], { importFile: async () => ({ ...IMPORTED, outcome }) }),
    ).toMatchObject({ code });
  });

  it("a preview with bad rows names row, column and value, and ends with 1", async () => {
    const words = { zh: "车牌不对", en: "not a plate" };
    const errors = [{ row: 9, code: "NOT_A_PLATE", column: "车牌", value: "川K\u0007", message: words, hint: words }];
    const { code, out } = await run(["import", "r.csv", "--lang", "en"], {
      importFile: async () => ({ ...IMPORTED, errors }),
    });
    expect(code).toBe(1);
    expect(out).toContain("! row 9 车牌 “川K�”: not a plate → not a plate");
  });

  it("journal show is one line per row with its sentence, without control characters", async () => {
    expect((await run(["journal", "show", "--lang", "zh"])).out).toBe(
      '7  2026-11-07 09:02:03 +08:00  decision car-in  不是本小区登记的人或车  {"reason":"granted\\u001b[2J"} {"name":"=HYPERLINK(\\"x\\")"}\n',
    );
  });

  it("a row that was dated later shows both times", async () => {
    const row: Row = { ...ROW, wallMs: 12_000, trust: "untrusted", datedMs: ROW.wallMs };
    const journalRows = async function* () {
      yield row;
    };
    expect((await run(["journal", "show"], { journalRows })).out).toContain(
      "7  2026-11-07 09:02:03 +08:00 (1970-01-01 08:00:12 +08:00?)  decision",
    );
    const { out } = await run(["journal", "export", "--format", "csv"], { journalRows });
    expect(out.split("\r\n")[1]).toMatch(/^7,2026-11-07T01:02:03.000Z,untrusted,.*,1970-01-01T00:00:12.000Z\?$/);
    expect(JSON.parse((await run(["journal", "export"], { journalRows })).out)).toEqual(row);
  });

  it("journal export gives JSON lines or CSV with a mark for spreadsheets", async () => {
    expect(JSON.parse((await run(["journal", "export"])).out)).toEqual(ROW);
    const { out } = await run(["journal", "export", "--format", "csv"]);
    expect(out.startsWith("\uFEFFseq,time,trust")).toBe(true);
    expect(out.split("\r\n")[1]).toMatch(/^7,2026-11-07T01:02:03.000Z,trusted,decision,car-in,,/);
  });

  it.each([
    ["=1+1", "'=1+1"],
    ["-5", "'-5"],
    ["@x", "'@x"],
    ['a"b', '"a""b"'],
    ["a,b", '"a,b"'],
    ["plain", "plain"],
  ])("a spreadsheet gets %s as %s", (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  it.each([
    ["journal", "show"],
    ["journal", "verify"],
    ["bundle", "read", "/b", "--keys", "k", "--gate", "g"],
    ["bundle", "export", "/b"],
    ["bundle", "import", "/b"],
    ["accounts"],
    ["import", "r.csv"],
    ["export"],
    ["erase", "R-1"],
    ["devices"],
    ["backup", "/b"],
    ["restore", "/b"],
    ["enrol", "--folder", "d"],
    ["terminals"],
    ["doctor"],
    ["simulate", "p", "--link", "mqtt://127.0.0.1"],
  ])("%s %s --json is one JSON value and no other word", async (...args) => {
    const two = async function* () {
      yield* [ROW, ROW];
    };
    const { out } = await run([...args, "--json"], { journalRows: two });
    expect(JSON.parse(out)).toBeDefined();
  });

  it("no row at all is an empty array", async () => {
    const journalRows = async function* (): AsyncGenerator<Row> {
      yield* [];
    };
    const { out } = await run(["journal", "show", "--json"], { journalRows });
    expect(JSON.parse(out)).toEqual([]);
  });

  it("another verb's answer is its own: of the configuration's warnings it says how many, beside it and once", () => {
    const page = "page: { host: 0.0.0.0, hosts: [gate.lan], operatorTokenFile: secrets/operator }";
    const site = siteFolder(SOUND.replace("dataDir: data", `dataDir: data\n${page}`));
    try {
      const program = join(import.meta.dirname, "..", "..", "dist", "gatepost.cjs");
      const args = [program, "accounts", "setup-code", "--json", "--lang", "en", "-c", site.file];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
      expect([status, stderr]).toEqual([0, `${site.file}: 1 warning: gatepost check\n`]);
      expect(JSON.parse(stdout)).toMatchObject({ setupCode: expect.any(String) });
    } finally {
      site.remove();
    }
  });

  it("journal verify names the broken row and ends with 1", async () => {
    const broken = { seq: 5, why: { zh: "哈希不符", en: "hash differs" } };
    const verdict = { rows: 9, firstSeq: 1, lastSeq: 9, lastHash: "ff", lost: [], broken };
    expect(await run(["journal", "verify"], { verifyJournal: async () => verdict })).toMatchObject({
      code: 1,
      out: expect.stringContaining("Broken at row 5: hash differs"),
    });
  });

  it("simulate that couldn't send everything ends with 1", async () => {
    const ran = await run(["simulate", "p", "--link", "/dev/pts/1", "--value", "a", "--count", "3"], {
      simulate: async () => ({ sent: 2, acknowledged: 0, commands: 0 }),
    });
    expect(ran.code).toBe(1);
  });
});

describe("when the work fails", () => {
  it("a fault of the world is one line with its code, in both languages", async () => {
    const start = async (): Promise<number> => {
      throw new GateError("PORT_BUSY", "127.0.0.1:8080");
    };
    const { code, err } = await run(["start"], { start });
    expect(code).toBe(1);
    expect(err).toBe(
      "PORT_BUSY: 端口已被其他程序占用 / Another program already listens on this port.\n  127.0.0.1:8080\n  → ss -ltnp 看谁占用，或改 gate.yaml 的端口 / ss -ltnp tells who has it; or another port in gate.yaml\n",
    );
  });

  it("our own bug is thrown on", async () => {
    const start = async (): Promise<number> => {
      throw new TypeError("bug");
    };
    await expect(run(["start"], { start })).rejects.toThrow("bug");
  });
});

describe("accounts", () => {
  it.each([
    ["a deed nobody knows", ["accounts", "explode"]],
    ["no name", ["accounts", "disable"]],
    ["a name too many", ["accounts", "list", "wang"]],
    ["no role", ["accounts", "add", "wang"]],
    ["a role where there is none to give", ["accounts", "reset", "wang", "--role", "admin"]],
    ["a role nobody knows", ["accounts", "add", "wang", "--role", "king"]],
  ])("%s is wrong usage, and nothing is done", async (_what, args) => {
    const { code, asked } = await run(args);
    expect([code, asked]).toEqual([2, []]);
  });

  it("a new one is told with its secret, once", async () => {
    const { code, out, asked } = await run([
      "accounts",
      "add",
      "wang",
      "--role",
      "guard",
      "--who",
      "王建国",
      "--lang",
      "zh",
    ]);
    expect(code).toBe(0);
    expect(out).toBe("wang  王建国  保安\n新口令（只显示这一次）：73918465\n");
    expect(asked).toEqual([
      { configPath: "/etc/gatepost/gate.yaml", deed: "add", name: "wang", role: "guard", who: "王建国" },
    ]);
  });

  it("a secret from standard input is without its line's end", async () => {
    const { asked } = await run(["accounts", "reset", "wang", "--secret-stdin"], {}, {}, "480217\n");
    expect(asked).toMatchObject([{ deed: "reset", secret: "480217" }]);
  });

  it.each([
    [{ accounts: [], setupCode: "ABCD-EFGH-JKMN" }, "Set-up code: ABCD-EFGH-JKMN"],
    [{ accounts: [] }, "No account yet"],
    [
      {
        accounts: [
          { name: "li", who: "li", role: "clerk" as const, disabled: true, secret: "password" as const, totp: true },
        ],
      },
      "li  li  clerk  one-time codes  disabled",
    ],
  ])("what there is: %j", async (told, expected) => {
    const { out } = await run(["accounts", "--lang", "en"], { accounts: async () => told });
    expect(out).toContain(expected);
  });
});
const CONSENT = ["--notice", "2026-1", "--agreed-by", "林秀兰", "--how", "signed", "--taken-by", "周建国"];

describe("enrol and terminals", () => {
  it.each<[readonly string[], number, unknown]>([
    [
      ["enrol", "R-0417", "--picture", "a.jpg", "-c", "g.yaml"],
      1,
      { configPath: "g.yaml", from: { face: "R-0417", picture: "a.jpg" } },
    ],
    [["enrol", "--folder", "photos", "-c", "g.yaml"], 1, { configPath: "g.yaml", from: { folder: "photos" } }],
    [["enrol"], 2, undefined],
    [["enrol", "R-0417"], 2, undefined],
    [["enrol", "R-0417", "--folder", "photos"], 2, undefined],
    [
      ["enrol", "R-0417", "-c", "g.yaml", ...CONSENT],
      1,
      {
        configPath: "g.yaml",
        from: {
          face: "R-0417",
          agreement: { face: "R-0417", notice: "2026-1", agreedBy: "林秀兰", how: "signed", takenBy: "周建国" },
        },
      },
    ],
    [["enrol", "R-0417", "--notice", "2026-1"], 2, undefined],
    [["enrol", "R-0417", ...CONSENT, "--birth-year", String(new Date().getFullYear() - 10)], 2, undefined],
    [["enrol", "--folder", "photos", ...CONSENT], 2, undefined],
    [
      ["enrol", "R-0417", "--withdraw", "--taken-by", "周建国", "-c", "g.yaml"],
      1,
      { configPath: "g.yaml", from: { withdraw: "R-0417", takenBy: "周建国" } },
    ],
    [["enrol", "R-0417", "--withdraw"], 2, undefined],
    [["enrol", "R-0417", "--withdraw", "--taken-by", "周建国", "--picture", "a.jpg"], 2, undefined],
  ])("%j ends with %i", async (args, expected, asked) => {
    const ran = await run(args);
    expect([ran.code, ran.asked[0]]).toEqual([expected, asked]);
  });

  it("tells what was taken and what not", async () => {
    const { out } = await run(["enrol", "--folder", "photos", "--lang", "zh"]);
    expect(out).toBe("! x.jpg: 不是 JPEG 照片\n收下 1 张，正在下发；gatepost terminals 看进度\n");
    const enrol = async () => ({ taken: [], refused: [] });
    const none = await run(["enrol", "--folder", "photos", "--lang", "en"], { enrol });
    expect([none.code, none.out]).toEqual([1, "No .jpg file in photos\n"]);
    expect(JSON.parse((await run(["enrol", "--folder", "photos", "--json"], { enrol })).out)).toEqual(await enrol());
  });

  const TOLD = {
    device: "face-in",
    holds: 2,
    uncertain: 1,
    owes: { add: 1, change: 0, remove: 11 },
    lacking: ["R-1"],
    refused: [{ face: "R-2", code: "478", why: { zh: "太像", en: "too similar" } }],
    unagreed: ["R-5"],
    shouldNotHold: Array.from({ length: 11 }, (_, i) => `X-${i}\u001b[2J`),
    others: 3,
    last: { face: "R-1", is: "confirmed", wallMs: Date.UTC(2026, 10, 25) },
  };
  it("each terminal with what is owed; 1 while a removal is", async () => {
    const { code, out } = await run(["terminals", "--lang", "zh"], { terminals: async () => [TOLD] });
    expect(code).toBe(1);
    expect(out.split("\n")).toEqual([
      "face-in  有 2，不确定 1，欠：增 1 改 0 删 11",
      "  最近回执：R-1 confirmed 2026-11-25 00:00:00Z",
      "  缺照片：R-1",
      "  没有登记同意，不下发：R-5",
      "  ! R-2: 478 太像",
      `  不该有的人脸：${TOLD.shouldNotHold
        .slice(0, 10)
        .map((face) => face.replace("\u001b", "�"))
        .join(", ")} … (11)`,
      "  在终端上自行登记的 3 人，只能在终端上删",
      "",
    ]);
    const json = await run(["terminals", "--json"], { terminals: async () => [TOLD] });
    expect(JSON.parse(json.out)).toEqual([TOLD]);
  });
  it("none", async () => {
    const { code, out } = await run(["terminals", "--lang", "en"]);
    expect([code, out]).toEqual([0, "No device has `enrol: true`\n"]);
  });
});
