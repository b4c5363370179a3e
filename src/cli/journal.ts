/** `gatepost journal`: show, export and verify the record of what happened. Reads only. */
import { configPath } from "../config/environment.ts";
import { words } from "../config/problem.ts";
import { csvCell } from "../core/csv.ts";
import { ALARM_WORDS, sentence } from "../core/words.ts";
import type { Row } from "../shell/ports.ts";
import { rowWords } from "../shell/sentences.ts";
import {
  CONFIG_OPTION,
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
import type { JournalVerdict, Works } from "./works.ts";

const PARTS = ["show", "export", "verify"] as const;
const COLUMNS = [
  "seq",
  "time",
  "trust",
  "kind",
  "lane",
  "subject",
  "open",
  "sealed",
  "boot",
  "at",
  "hash",
  "original",
] as const;

export function journalVerb(works: Pick<Works, "verifyJournal" | "journalRows" | "siteZone">): Verb {
  return verb(
    {
      name: "journal",
      summary: words("查看、导出、核验记录", "Show, export and verify the journal"),
      usage: "journal show|export|verify [--since SEQ] [--last N] [--format jsonl|csv] [--json]",
      positionals: [1, 1],
      options: [
        CONFIG_OPTION,
        {
          name: "since",
          value: "SEQ",
          number: [0, Number.MAX_SAFE_INTEGER],
          words: words("只要这一行之后的", "Rows after this one"),
        },
        {
          name: "last",
          value: "N",
          number: [1, 1_000_000],
          words: words("最新的 N 行（show 默认 20）", "The newest N (show: 20)"),
        },
        {
          name: "format",
          value: "jsonl|csv",
          among: ["jsonl", "csv"],
          words: words("导出格式，默认 jsonl", "Format of the export, jsonl if absent"),
        },
        JSON_OPTION,
      ],
      examples: [
        { line: "gatepost journal show --last 50", words: words("最近 50 行", "The last 50 rows") },
        { line: "gatepost journal export --format csv > journal.csv", words: words("给 Excel", "For a spreadsheet") },
        { line: "gatepost journal verify", words: words("核验有没有被改动", "See whether anything was changed") },
      ],
      exitCodes: [
        { code: 0, words: words("完成；链条完整", "Done; the chain is whole") },
        { code: 1, words: words("链条被破坏，或无法读取", "The chain is broken, or it can't be read") },
        USAGE_CODE,
      ],
    },
    async (given, io, lang) => {
      const part = PARTS.find((name) => name === given.positionals[0]);
      const path = configPath(given.text("config"), io.env);
      const since = given.number("since") ?? 0;
      const last = given.number("last");
      switch (part) {
        case undefined:
          io.err(`${say(words(`可用：${PARTS.join(" ")}`, `Possible: ${PARTS.join(" ")}`), lang)}\n`);
          return USAGE;
        case "show": {
          const rows = works.journalRows({ configPath: path, since, last: last ?? 20 });
          if (given.on("json")) return showJson(rows, io);
          const clock = siteTime(await works.siteZone({ configPath: path }));
          for await (const row of rows) io.out(rowText(row, lang, clock));
          return 0;
        }
        case "export":
          return exportRows(
            works.journalRows({ configPath: path, since, ...(last === undefined ? {} : { last }) }),
            given.text("format") ?? "jsonl",
            io,
          );
        case "verify": {
          const verdict = await works.verifyJournal({ configPath: path });
          io.out(given.on("json") ? `${JSON.stringify(verdict, null, 2)}\n` : verdictText(verdict, lang));
          return verdict.broken === undefined ? 0 : 1;
        }
      }
    },
  );
}

/** One array, written row by row: a million of them needn't lie in memory. */
async function showJson(rows: AsyncIterable<Row>, io: Io): Promise<number> {
  let before = "[";
  for await (const row of rows) {
    io.out(`${before}\n${JSON.stringify(row)}`);
    before = ",";
  }
  io.out(before === "[" ? "[]\n" : "\n]\n");
  return 0;
}

async function exportRows(rows: AsyncIterable<Row>, format: string, io: Io): Promise<number> {
  // The mark tells spreadsheets that it is UTF-8.
  if (format === "csv") io.out(`\uFEFF${COLUMNS.join(",")}\r\n`);
  for await (const row of rows) io.out(format === "csv" ? csvRow(row) : `${JSON.stringify(row)}\n`);
  return 0;
}

type Clockface = (wallMs: number) => string;

/** A time that nobody believes is marked. A row that was dated later shows that time. */
function timeText(row: Row, told: Clockface): string {
  return row.datedMs === undefined ? originalText(row, told) : told(row.datedMs);
}

/** As it was written. */
function originalText({ wallMs, trust }: Row, told: Clockface): string {
  return trust === "untrusted" ? `${told(wallMs)}?` : told(wallMs);
}

/** As the clock on the site's wall shows it, with how far that is from UTC. */
export function siteTime(zone: string): Clockface {
  const face = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const offset = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  return (wallMs) => {
    const time = new Date(wallMs);
    if (Number.isNaN(time.getTime())) return String(wallMs);
    const name = offset.formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ?? "";
    return `${face.format(time)} ${name.replace("GMT", "") || "+00:00"}`;
  };
}

/** ISO 8601 in UTC: for whoever reads an export elsewhere. */

function isoText(wallMs: number): string {
  const time = new Date(wallMs);
  return Number.isNaN(time.getTime()) ? String(wallMs) : time.toISOString();
}

function rowText(row: Row, lang: Lang, clock: Clockface): string {
  const told = say(rowWords(row, { alarms: ALARM_WORDS, decided: sentence }).sentence, lang);
  const rest = [row.open, row.sealed].filter((group) => group !== undefined && Object.keys(group).length > 0);
  const original = row.datedMs === undefined ? "" : ` (${originalText(row, clock)})`;
  return `${row.seq}  ${timeText(row, clock)}${original}  ${row.kind}${row.lane === undefined ? "" : ` ${row.lane}`}  ${plain(told)}  ${plain(rest.map((group) => JSON.stringify(group)).join(" "))}\n`;
}

function csvRow(row: Row): string {
  const cells: Readonly<Record<(typeof COLUMNS)[number], string>> = {
    seq: String(row.seq),
    time: timeText(row, isoText),
    trust: row.trust,
    kind: row.kind,
    lane: row.lane ?? "",
    subject: row.subject ?? "",
    open: JSON.stringify(row.open),
    sealed: row.sealed === undefined ? "" : JSON.stringify(row.sealed),
    boot: row.boot,
    at: String(row.at),
    hash: row.hash,
    original: originalText(row, isoText),
  };
  return `${COLUMNS.map((column) => csvCell(cells[column])).join(",")}\r\n`;
}

function verdictText({ rows, firstSeq, lastSeq, lastHash, lost, broken }: JournalVerdict, lang: Lang): string {
  if (broken === undefined) {
    const whole = words(
      `完整：${rows} 行（${firstSeq}–${lastSeq}）`,
      `Whole: ${rows} rows (${firstSeq} to ${lastSeq})`,
    );
    const gone = lost.map(({ from, to }) =>
      words(
        `磁盘损坏丢失第 ${from}–${to} 行（已在记录中说明）`,
        `Rows ${from} to ${to} were lost to a damaged disk, as the journal declares`,
      ),
    );
    return `${[whole, ...gone].map((one) => say(one, lang)).join("\n")}\n${lastHash}\n`;
  }
  const said = words(`第 ${broken.seq} 行被破坏：${broken.why.zh}`, `Broken at row ${broken.seq}: ${broken.why.en}`);
  return `${plain(say(said, lang))}\n`;
}
