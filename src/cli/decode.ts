/** `gatepost decode`: what a device profile makes of a message or of bytes; for whoever writes a profile. */

import { words } from "../config/problem.ts";
import type { ByteNote } from "../decode/explain.ts";
import type { Reading } from "../decode/terms.ts";
import { paramsOf } from "./params.ts";
import { CONFIG_OPTION, JSON_OPTION, type Lang, plain, say, USAGE, USAGE_CODE, type Verb, verb } from "./verb.ts";
import type { DecodeResult, Works } from "./works.ts";

export function decodeVerb(works: Pick<Works, "decode">): Verb {
  return verb(
    {
      name: "decode",
      summary: words(
        "按设备档案（型号或档案文件）解读一条消息或一段字节",
        "Read a message or bytes by a device profile (its id or its file)",
      ),
      usage: "decode PROFILE [TEXT|-] [--hex] [--topic TOPIC] [--param NAME=VALUE]… | decode PROFILE --samples",
      positionals: [1, 2],
      options: [
        CONFIG_OPTION,
        {
          name: "hex",
          words: words(
            "TEXT 是十六进制字节（文本行设备也按字节）",
            "TEXT is bytes in hex, for a device of text lines too",
          ),
        },
        {
          name: "samples",
          words: words("检查档案：运行自带的样例和检查", "Check the profile: run its own samples and its lint"),
        },
        {
          name: "topic",
          value: "TOPIC",
          words: words("MQTT 主题，或 HTTP 路径（可带 ?参数）", "MQTT topic, or HTTP path with its query"),
        },
        {
          name: "param",
          short: "p",
          value: "NAME=VALUE",
          multiple: true,
          words: words("档案参数，可多次", "A parameter of the profile; may be repeated"),
        },
        JSON_OPTION,
      ],
      examples: [
        {
          line: "gatepost decode faceterm-mqtt --topic mqtt/face/2107466/Rec -p deviceId=2107466 < rec.json",
          words: words("解读一条人脸记录", "Read one face record"),
        },
        {
          line: 'gatepost decode sense-uart "EF AA 01 00 01 00 00" --hex -p deviceId=m1',
          words: words("解读串口字节", "Read serial bytes"),
        },
        {
          line: "gatepost decode ascii-line-reader 0005913727",
          words: words("解读读卡器的一行文本，不用写结束符", "Read a reader's line of text, without its terminator"),
        },
        {
          line: "gatepost decode profiles/my-reader.json --samples",
          words: words("检查自己写的档案，不用配置文件", "Check a profile of your own; no configuration is needed"),
        },
        {
          line: "gatepost decode my-reader --samples --config gate.yaml",
          words: words("同上，档案在配置的 profilesDir 里", "The same, out of the configuration's profilesDir"),
        },
      ],
      exitCodes: [
        { code: 0, words: words("全部读懂", "Everything was read") },
        { code: 1, words: words("有读不懂的，或没有完整的帧", "Something was not, or no whole frame") },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      // Without a text it is read from standard input, as from a pipe.
      const [profile = "", source = "-"] = given.positionals;
      const params = paramsOf(given.texts("param"));
      if ("wrong" in params) {
        io.err(`${say(params.wrong, lang)}\n`);
        return USAGE;
      }
      const bare = given.on("samples");
      const text = bare ? "" : source === "-" ? await io.stdin() : source;
      if (given.on("hex") && !bare && !/^(?:[\s:-]*[0-9a-f]{2})+[\s:-]*$/i.test(text)) {
        io.err(`${say(words("不是十六进制字节，例如 EF AA 01", "Not bytes in hex, such as EF AA 01"), lang)}\n`);
        return USAGE;
      }
      const topic = given.text("topic");
      const configPath = given.text("config");
      const result = await works.decode({
        profile,
        text: given.on("hex") ? text.replaceAll(/[\s:-]/g, "") : text,
        hex: given.on("hex"),
        params: params.params,
        ...(topic === undefined ? {} : { topic }),
        ...(given.on("samples") ? { samples: true } : {}),
        ...(configPath === undefined ? {} : { configPath }),
      });
      if (result.samples !== undefined) {
        io.out(given.on("json") ? `${JSON.stringify(result.samples, null, 2)}\n` : samplesText(result.samples, lang));
        return result.samples.findings.length === 0 ? 0 : 1;
      }
      io.out(given.on("json") ? `${JSON.stringify(plainResult(result), null, 2)}\n` : decodeText(result, lang));
      return result.readings.length > 0 && result.readings.every((reading) => reading.is === "read") ? 0 : 1;
    },
  );
}

function samplesText({ count, findings }: NonNullable<DecodeResult["samples"]>, lang: Lang): string {
  const good = words(`${count} 个样例全部通过，检查没有问题`, `All ${count} samples pass, the lint finds nothing`);
  if (findings.length === 0) return `${say(good, lang)}\n`;
  return findings
    .map(
      ({ where, message, hint }) =>
        `! ${plain(where)}: ${plain(message)}${hint === undefined ? "" : `\n    ${plain(hint)}`}\n`,
    )
    .join("");
}

/** Bytes as hex, so that JSON shows them. */
function plainResult({ readings, skipped, bytes }: DecodeResult): unknown {
  return {
    skipped,
    ...(bytes === undefined ? {} : { bytes }),
    readings: readings.map((reading) =>
      reading.is === "fault"
        ? reading
        : { ...reading, answers: reading.answers.map(({ topic, bytes }) => ({ topic, hex: hexOf(bytes) })) },
    ),
  };
}

export function decodeText({ readings, skipped, bytes = [] }: DecodeResult, lang: Lang): string {
  const lines = readings.flatMap((reading) => readingText(reading, lang));
  if (readings.length === 0) lines.push(say(words("没有完整的帧", "No whole frame"), lang));
  if (skipped > 0) lines.push(say(words(`跳过 ${skipped} 字节`, `${skipped} bytes skipped`), lang));
  if (bytes.length > 0)
    lines.push(
      say(
        words(
          "第一个不完整的帧，逐字节（偏移为十进制，从 0 数；字节为十六进制；B 是字节数）：",
          "The first frame that is none, byte by byte (offsets are decimal, from 0; bytes are hex; B counts bytes):",
        ),
        lang,
      ),
    );
  return `${[...lines, ...bytes.map((note) => byteText(note, lang))].join("\n")}\n`;
}

function byteText({ at, found, expected, fits, zh, en }: ByteNote, lang: Lang): string {
  const sentence = words(
    `偏移 ${at}：是 ${found || "（无）"}，应为 ${expected}（${zh}）`,
    `offset ${at}: found ${found || "nothing"}, expected ${expected} (${en})`,
  );
  return `  ${fits ? " " : "!"} ${say(sentence, lang)}`;
}

function readingText(reading: Reading, lang: Lang): string[] {
  if (reading.is === "fault") {
    const { code, where, message } = reading.fault;
    return [`! ${code} ${plain(where)}: ${plain(message)}`];
  }
  return [
    `${say(words("种类", "kind"), lang)}: ${plain(reading.kind)}`,
    ...reading.reports.map((report) => `  ${plain(JSON.stringify(report))}`),
    ...reading.answers.map(
      ({ topic, bytes }) => `  ${say(words("应答", "answer"), lang)} ${plain(topic ?? "")} ${hexOf(bytes)}`,
    ),
  ];
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
