/**
 * `gatepost bundle`: what leaves the gate on a stick. For the county, where there is no line, and its receipts back; and a
 * file for whoever helps from afar, with no names, plates, cards, pictures or secrets in it.
 */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import {
  CONFIG_OPTION,
  type Given,
  type Io,
  JSON_OPTION,
  type Lang,
  plain,
  say,
  USAGE,
  USAGE_CODE,
  type Verb,
  verb,
} from "./verb.ts";
import type { CarryExported, CarryImported, CarryRead, Works } from "./works.ts";

const PARTS = ["support", "export", "import", "keys", "read"] as const;
type Part = (typeof PARTS)[number];
type Carrying = Pick<Works, "bundle" | "carryExport" | "carryImport" | "carryKeys" | "carryRead">;

export function bundleVerb(works: Carrying): Verb {
  return verb(
    {
      name: "bundle",
      summary: words(
        "U盘上报（export、import）；打包日志给技术支持（support，没有姓名、车牌、密码）",
        "Records by USB stick where there is no line; and a file for support without names, plates or secrets",
      ),
      usage: "bundle support FILE.tar.gz | export FOLDER | import FILE | keys | read FOLDER [--json]",
      positionals: [1, 2],
      options: [
        CONFIG_OPTION,
        {
          name: "keys",
          value: "FILE",
          words: words("平台的私钥（read 用）", "The platform's private keys, for read"),
        },
        {
          name: "gate",
          value: "FILE",
          words: words("门岗的公钥（read 用）", "The gate's public keys, for read"),
        },
        {
          name: "receipts",
          value: "FOLDER",
          words: words("把回执写到这个文件夹（read 用）", "Where read writes the receipts"),
        },
        JSON_OPTION,
      ],
      examples: [
        {
          line: "sudo gatepost bundle export /media/usb",
          words: words(
            "没有网络时把记录拷到U盘；中断了再执行一次就接着拷",
            "The records onto a stick; interrupted, the same again goes on",
          ),
        },
        {
          line: "sudo gatepost bundle import /media/usb",
          words: words("把平台的回执带回门岗", "The platform's receipts back to the gate"),
        },
        {
          line: "gatepost bundle keys > gate.pub.pem",
          words: words("门岗的公钥，交给平台", "This gate's public keys, for the platform"),
        },
        {
          line: "gatepost bundle read /media/usb --keys platform.pem --gate gate.pub.pem --receipts /media/usb",
          words: words(
            "平台一侧：解开、逐日检查是否齐全、写回执",
            "On the platform's side: open, tell day by day whether all is there, write receipts",
          ),
        },
        {
          line: "sudo gatepost bundle support /tmp/gate.tar.gz",
          words: words("发出去之前可以打开看：tar -xzf", "Look into it before you send it: tar -xzf"),
        },
      ],
      exitCodes: [
        { code: 0, words: words("完成", "Done") },
        {
          code: 1,
          words: words(
            "没有完成，或缺了记录；已写好的部分有效",
            "Not done, or records are missing; parts that are whole stay valid",
          ),
        },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const asked = partOf(given);
      if (asked === undefined) {
        io.err(`${say(words(`可用：${PARTS.join(" ")}`, `Possible: ${PARTS.join(" ")}`), lang)}\n`);
        return USAGE;
      }
      return act(asked.part, asked.where, { works, given, io, lang });
    },
  );
}

/** A file's name alone is meant for support, as it was before there was anything else. */
function partOf({ positionals: [first = "", second] }: Given): { part: Part; where: string } | undefined {
  const part = PARTS.find((name) => name === first);
  if (part === undefined)
    return second === undefined && /\.t(ar\.)?gz$/.test(first) ? { part: "support", where: first } : undefined;
  if ((part === "keys") !== (second === undefined)) return undefined;
  return { part, where: second ?? "" };
}

interface Acting {
  readonly works: Carrying;
  readonly given: Given;
  readonly io: Io;
  readonly lang: Lang;
}

async function act(part: Part, where: string, { works, given, io, lang }: Acting): Promise<number> {
  const path = configPath(given.text("config"), io.env);
  const tell = (result: unknown, text: string) =>
    io.out(given.on("json") ? `${JSON.stringify(result, null, 2)}\n` : text);
  switch (part) {
    case "support": {
      const result = await works.bundle({ configPath: path, file: where });
      const done = words(`已打包：${result.file}`, `Packed: ${result.file}`);
      tell(result, `${plain(say(done, lang))}\n${result.files.join(" ")}\n`);
      return 0;
    }
    case "export": {
      const result = await works.carryExport({ configPath: path, folder: where });
      tell(result, exportText(result, lang));
      return 0;
    }
    case "import": {
      const result = await works.carryImport({ configPath: path, from: where });
      tell(result, importText(result, lang));
      return result.files.every(({ told }) => told !== undefined && told.code === undefined) ? 0 : 1;
    }
    case "keys": {
      const result = await works.carryKeys({ configPath: path });
      tell(result, result.pem);
      return 0;
    }
    case "read": {
      const [keys, gate, receipts] = [given.text("keys"), given.text("gate"), given.text("receipts")];
      if (keys === undefined || gate === undefined) {
        io.err(`${say(words("还要写 --keys 和 --gate", "It needs --keys and --gate"), lang)}\n`);
        return USAGE;
      }
      const result = await works.carryRead({
        folder: where,
        keys,
        gate,
        ...(receipts === undefined ? {} : { receipts }),
      });
      if (given.on("json")) io.out(`${JSON.stringify({ ...result, lines: result.lines.map(parsed) }, null, 2)}\n`);
      else {
        for (const line of result.lines) io.out(`${line}\n`);
        io.err(readText(result, lang));
      }
      return result.damaged.length === 0 && result.days.every(({ missing }) => missing.length === 0) ? 0 : 1;
    }
  }
}

/** Each is a message that was judged by its schema when it was read. */
const parsed = (line: string): unknown => JSON.parse(line);

function exportText({ folder, written, skipped, records, quarters, lastSeq }: CarryExported, lang: Lang): string {
  const done = words(
    `已写好 ${written} 个文件（${records} 条记录、${quarters} 段流量），到第 ${lastSeq} 行；U盘上原有 ${skipped} 个有效：${folder}`,
    `${written} parts written (${records} records, ${quarters} quarters of traffic) up to row ${lastSeq}; ${skipped} were there and whole: ${folder}`,
  );
  const next = words(
    "安全弹出U盘，交给平台；平台的回执带回来执行 gatepost bundle import",
    "Eject the stick, take it to the platform; bring its receipts back with gatepost bundle import",
  );
  return `${plain(say(done, lang))}\n${say(next, lang)}\n`;
}

function importText({ files }: CarryImported, lang: Lang): string {
  return files
    .map(({ file, told }) => {
      if (told === undefined)
        return words(
          `${file}：门岗还没有处理，下次启动后处理`,
          `${file}: the gate hasn't looked yet; it will at its next start`,
        );
      if (told.code !== undefined) return words(`${file}：拒绝，${told.message}`, `${file}: refused, ${told.message}`);
      const moved = told.moved.map(({ stream, storedSeq }) => `${stream} ${storedSeq}`).join(" ");
      return words(`${file}：已收回执 ${moved || "（没有新的）"}`, `${file}: taken, ${moved || "nothing new"}`);
    })
    .map((one) => `${plain(say(one, lang))}\n`)
    .join("");
}

/** One line per gate and day. */
function readText({ days, damaged }: CarryRead, lang: Lang): string {
  const told = days.map(({ site, gate, day, records, missing }) => {
    const holes = missing.map(({ stream, after, before }) => `${stream} ${after}…${before}`).join(" ");
    return missing.length === 0
      ? words(`${site} ${gate} ${day} 齐全 ${records} 条`, `${site} ${gate} ${day} complete, ${records} records`)
      : words(`${site} ${gate} ${day} 缺 ${holes}`, `${site} ${gate} ${day} missing ${holes}`);
  });
  const bad = damaged.map(({ file, message }) => words(`${file}：${message}`, `${file}: ${message}`));
  return [...told, ...bad].map((one) => `${plain(say(one, lang))}\n`).join("");
}
