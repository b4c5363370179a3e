/** `gatepost devices`: which ports there are, what is heard on a link, and which profile it fits; for commissioning. */
import type { Words } from "../config/problem.ts";
import { words } from "../config/problem.ts";
import type { Match } from "../decode/recognise.ts";
import {
  CONFIG_OPTION,
  type Given,
  JSON_OPTION,
  type Lang,
  plain,
  say,
  USAGE,
  USAGE_CODE,
  type Verb,
  verb,
} from "./verb.ts";
import type { BrokerHeard, ComsetOptions, ComsetResult, DevicesResult, LineHeard, PortFound, Works } from "./works.ts";

const USUAL_S = 5;

export function devicesVerb(works: Pick<Works, "devices">): Verb {
  return verb(
    {
      name: "devices",
      summary: words(
        "有哪些串口，线上听到什么，像哪个型号；只听不发",
        "Which serial ports there are, what is heard on a link and which profile fits; only listens",
      ),
      usage: "devices [LINK…] [--for SECONDS] [--baud N]… [--ask]",
      positionals: [0, 8],
      options: [
        CONFIG_OPTION,
        {
          name: "for",
          value: "SECONDS",
          number: [1, 600],
          words: words(
            "每种波特率或每个服务器听多少秒，默认 5",
            "How long to listen at each rate or broker, s; 5 if absent",
          ),
        },
        {
          name: "baud",
          value: "N",
          multiple: true,
          number: [300, 4_000_000],
          words: words(
            "只试这个波特率，可多次；默认试各档案写的",
            "Only this rate; may be repeated; else those that profiles name",
          ),
        },
        {
          name: "ask",
          words: words(
            "也发送档案里的轮询命令（只读，从不开门）；默认什么都不发",
            "Also send the profiles' own polls (they read, they never open); nothing is sent without it",
          ),
        },
        {
          name: "comset",
          value: "ADDRESS",
          number: [0, 126],
          words: words(
            "把线上一台 OSDP 读卡器改成这个地址（技术员用；读卡器须未加密）",
            "Give one OSDP reader on the line this address (for a technician; it must not be encrypted yet)",
          ),
        },
        {
          name: "address",
          value: "ADDRESS",
          number: [0, 126],
          words: words("和 --comset 一起：它现在的地址", "With --comset: its address now"),
        },
        {
          name: "new-baud",
          value: "N",
          number: [9600, 230_400],
          words: words("和 --comset 一起：新波特率，默认不变", "With --comset: its new rate; as it is if absent"),
        },
        {
          name: "username",
          value: "NAME",
          words: words("MQTT 用户名", "MQTT user name"),
        },
        { name: "password-file", value: "FILE", words: words("MQTT 密码文件", "File with the MQTT password") },
        JSON_OPTION,
      ],
      examples: [
        {
          line: "gatepost devices",
          words: words("列出本机串口和固定名称", "The serial ports and their lasting names"),
        },
        {
          line: "gatepost devices /dev/ttyUSB0 --for 10",
          words: words("听 10 秒：刷一张卡或站到模块前", "Listen: hold a card to it, or stand before it"),
        },
        {
          line: "gatepost devices /dev/ttyUSB0 --ask --baud 9600",
          words: words("继电器板不会自己说话：发只读查询", "A relay board doesn't speak by itself: ask what it reads"),
        },
        {
          line: "gatepost devices /dev/ttyUSB0 --baud 9600 --address 0 --comset 3",
          words: words("把 0 号 OSDP 读卡器改成 3 号", "Make OSDP reader 0 number 3"),
        },
        {
          line: "gatepost devices broker --config gate.yaml --for 30",
          words: words(
            "配置里的 MQTT 服务器上有谁、说了什么",
            "Who is at the configuration's broker, and what they say",
          ),
        },
        {
          line: "gatepost devices mqtt://127.0.0.1:1883",
          words: words("听任意 MQTT 服务器", "Listen at any broker"),
        },
      ],
      exitCodes: [
        {
          code: 0,
          words: words("已列出；每个 LINK 都听出了型号", "Listed; something that fits was heard on every link"),
        },
        {
          code: 1,
          words: words(
            "有 LINK 听不出型号、打不开，或正被门岗使用",
            "A link where nothing fits, that can't be opened, or that the gate uses",
          ),
        },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const links = given.positionals;
      const wrong = links.find((link) => link !== "broker" && !/^(?:\/|mqtts?:\/\/[^\s/])/.test(link));
      if (wrong !== undefined) {
        const shown = plain(wrong);
        const complaint = words(
          `“${shown}”不是串口路径、mqtt://… 或 broker`,
          `\`${shown}\` is no serial path, mqtt://… or \`broker\``,
        );
        io.err(`${say(complaint, lang)}\n`);
        return USAGE;
      }
      const comset = comsetOf(given);
      if (comset === "wrong") {
        io.err(`${say(COMSET_NEEDS, lang)}\n`);
        return USAGE;
      }
      const configPath = given.text("config") ?? io.env.GATEPOST_CONFIG;
      const username = given.text("username");
      const passwordFile = given.text("password-file");
      const result = await works.devices(
        {
          links,
          forMs: (given.number("for") ?? USUAL_S) * 1_000,
          bauds: given.texts("baud").map(Number),
          ask: given.on("ask"),
          ...(comset === undefined ? {} : { comset }),
          ...(configPath === undefined ? {} : { configPath }),
          ...(username === undefined ? {} : { username }),
          ...(passwordFile === undefined ? {} : { passwordFile }),
        },
        (progress) => io.err(`${say(progress, lang)}\n`),
      );
      if (result.comset !== undefined) {
        io.out(
          `${given.on("json") ? JSON.stringify(result.comset, null, 2) : say(comsetWords(result.comset), lang)}\n`,
        );
        return result.comset.is === "set" ? 0 : 1;
      }
      io.out(given.on("json") ? `${JSON.stringify(result, null, 2)}\n` : devicesText(result, links.length === 0, lang));
      return fitsAll(result) ? 0 : 1;
    },
  );
}

const COMSET_NEEDS = words(
  "--comset 要写一个串口路径、一个 --baud（现在的波特率）和 --address（现在的地址）",
  "--comset needs one serial path, one --baud (the rate now) and --address (the address now)",
);

/** Undefined = not wanted. Nothing is guessed: on a bus with others a wrong guess takes another reader's address away. */
function comsetOf(given: Given): ComsetOptions | "wrong" | undefined {
  const [address, from, baud] = (["comset", "address", "new-baud"] as const).map((name) => given.number(name));
  const [path, ...others] = given.positionals;
  const [at, ...rates] = given.texts("baud").map(Number);
  if (address === undefined) return from === undefined && baud === undefined ? undefined : "wrong";
  if (path?.startsWith("/") !== true || from === undefined || at === undefined) return "wrong";
  if (others.length > 0 || rates.length > 0 || given.on("ask")) return "wrong";
  return { from, atBaud: at, address, baud: baud ?? at };
}

function comsetWords({ path, from, address, baud, is, why = "" }: ComsetResult): Words {
  const plainWhy = plain(why);
  if (is === "set")
    return words(
      `${path}：${from} 号读卡器现在是 ${address} 号，${baud}`,
      `${path}: reader ${from} is number ${address} at ${baud} now`,
    );
  return words(
    `${path}：${from} 号读卡器没有改成（${plainWhy}）；已加密的先恢复出厂`,
    `${path}: reader ${from} was not set (${plainWhy}); one that is encrypted must be reset first`,
  );
}

/** Each line at one of its rates, each broker on one of its topics. */
function fitsAll({ lines, brokers }: DevicesResult): boolean {
  const paths = new Set(lines.map(({ path }) => path));
  const fits = new Set(lines.filter(({ matches }) => matches.length > 0).map(({ path }) => path));
  return paths.size === fits.size && brokers.every(({ topics }) => topics.some(({ matches }) => matches.length > 0));
}

function devicesText({ ports, lines, brokers }: DevicesResult, listing: boolean, lang: Lang): string {
  const told = [...lines.map((line) => lineText(line, lang)), ...brokers.flatMap((one) => brokerText(one, lang))];
  const none = words("本机没有串口", "This machine has no serial port");
  const there = ports.length === 0 ? [say(none, lang)] : ports.map((port) => portText(port, lang));
  return `${[...(listing ? there : []), ...told].map(plainLines).join("\n")}\n`;
}

/** Names of ports and topics come from outside. */
const plainLines = (text: string): string => text.split("\n").map(plain).join("\n");

function portText({ path, names, about, devices }: PortFound, lang: Lang): string {
  const used = words(`配置里是 ${devices.join("、")}`, `${devices.join(", ")} in the configuration`);
  return [
    `${path}${about === undefined ? "" : `  ${about}`}${devices.length === 0 ? "" : `  ${say(used, lang)}`}`,
    ...names.map((name) => `    ${name}`),
  ].join("\n");
}

function lineText({ path, baud, form, bytes, asked, matches, first }: LineHeard, lang: Lang): string {
  const head = words(`${path} ${baud} ${form}：${bytes} 字节`, `${path} at ${baud} ${form}: ${bytes} bytes`);
  const sent = words(`问了 ${asked.join("、")}`, `asked ${asked.join(", ")}`);
  const unknown = words("没有档案符合", "no profile fits");
  return [
    say(head, lang),
    ...(asked.length === 0 ? [] : [`    ${say(sent, lang)}`]),
    ...matches.map((match) => `    ${say(matchWords(match, baud), lang)}`),
    ...(bytes > 0 && matches.length === 0 ? [`    ${say(unknown, lang)}: ${first ?? ""} …`] : []),
  ].join("\n");
}

function matchWords({ profile, sound, understood, skipped, proven }: Match, baud: number): Words {
  const zh = `${sound} 帧 ${profile}（${baud}）`;
  const en = `${sound} frame${sound === 1 ? "" : "s"} of ${profile} at ${baud}`;
  const parts = [
    ...(understood === sound ? [] : [words(`读懂 ${understood}`, `${understood} understood`)]),
    ...(skipped === 0 ? [] : [words(`${skipped} 字节不属于它`, `${skipped} bytes are none of it`)]),
    ...(proven ? [] : [words("没有校验，只是像", "no checksum, so only alike")]),
  ];
  if (parts.length === 0) return words(zh, en);
  return words(`${zh}：${parts.map((one) => one.zh).join("，")}`, `${en}: ${parts.map((one) => one.en).join(", ")}`);
}

function brokerText({ url, clients, connected, refused, topics, more }: BrokerHeard, lang: Lang): string[] {
  const here = words(`在线 ${connected ?? clients.length}`, `${connected ?? clients.length} connected`);
  return [
    `${url}  ${say(here, lang)}${clients.length === 0 ? "" : `: ${clients.join(", ")}`}`,
    ...refused.map((what) => `    ! ${say(words(`拒绝：${what}`, `refused: ${what}`), lang)}`),
    ...topics.map(({ topic, messages, bytes, retained, matches }) => {
      const many = words(`${messages} 条 ${bytes} 字节`, `${messages} messages, ${bytes} bytes`);
      const kept = retained === 0 ? "" : say(words(`，其中保留 ${retained}`, `, ${retained} retained`), lang);
      const fits = matches.map(({ profile, sound, params }) => {
        const known = Object.entries(params).map(([name, value]) => `${name}=${value}`);
        return `${profile} ×${sound}${known.length === 0 ? "" : ` (${known.join(" ")})`}`;
      });
      return `    ${topic}  ${say(many, lang)}${kept}${fits.length === 0 ? "" : `  → ${fits.join(", ")}`}`;
    }),
    ...(more ? [`    ${say(words("还有更多主题，没有列出", "there are more topics than are listed"), lang)}`] : []),
  ];
}
