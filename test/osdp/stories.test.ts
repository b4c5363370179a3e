/**
 * Stories of the bus as text an installer can read: first who hangs on it, then `time who what -> what is told until the
 * next line`. The news that a reader's housing is shut, and its inputs, are left out.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ReaderPlan } from "../../src/decode/osdp-terms.ts";
import { COMMANDS, outputData } from "../../src/decode/osdp-words.ts";
import { openOsdpReader } from "../../src/simulator/osdp-reader.ts";
import { wiegand26 } from "../../src/simulator/osdp-wire.ts";
import { KEY, openWire, plan, type Wire } from "./wire.ts";

const folder = new URL("stories/", import.meta.url);
const START_MS = 1_000;

interface Line {
  readonly atMs: number;
  readonly what: string;
  readonly told: string;
}

function parse(text: string) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines[0]?.startsWith("# ") !== true) throw new Error("a story begins with its moral");
  const plans: ReaderPlan[] = [];
  const readers: { readonly key: Uint8Array | undefined }[] = [];
  const told: Line[] = [];
  for (const line of lines.slice(1)) {
    const [, address, key, install] = /^r(\d+): (its key|the maker's key)(?:, install (\d+))?$/.exec(line) ?? [];
    const [, at, what, news] = /^([\d.]+)\s+(.*?)\s+-> (.+)$/.exec(line) ?? [];
    if (address !== undefined) {
      const until = install === undefined ? {} : { installUntil: START_MS + Number(install) * 1_000 };
      plans.push(plan(Number(address), { is: "secure", key: KEY, ...until }));
      readers.push({ key: key === "its key" ? KEY : undefined });
    } else if (at !== undefined && what !== undefined && news !== undefined)
      told.push({ atMs: Number(at) * 1_000, what, told: news });
    else throw new Error(`no line of a story: ${line}`);
  }
  return { plans, readers, lines: told };
}

const CARD = wiegand26(0, 7);

function act(wire: Wire, what: string): void {
  if (what === "wait") return;
  if (what === "line up" || what === "line down")
    return wire.give({ is: "line", at: wire.at(), up: what === "line up" });
  const [, number = "", deed = ""] = /^r(\d+) (.*)$/.exec(what) ?? [];
  const reader = wire.readers.get(Number(number));
  if (reader === undefined) throw new Error(`nobody is ${what}`);
  const [verb, text = ""] = deed.split(" ");
  if (verb === "card") reader.card(CARD);
  else if (verb === "keys") reader.keys(text);
  else if (verb === "opened") reader.tamper(true);
  else if (verb === "restarted") reader.restart();
  else if (verb === "dark" || verb === "back") reader.mute(verb === "dark");
  else if (verb === "output") wire.order(`r${number}`, { code: COMMANDS.output, data: outputData(0, 500) });
  else if (deed === "answers get lost") wire.onReply = () => [];
  else if (deed === "answers arrive") wire.onReply = (bytes) => [bytes];
  else if (verb === "exchanged,") {
    const clear = text === "clear";
    const other = openOsdpReader({ address: Number(number), clear, now: wire.at, random: (n) => new Uint8Array(n) });
    // The one from the wall is gone; `card` now means the new one's.
    reader.mute(true);
    reader.card = other.card;
    wire.onSend = (bytes) => {
      const reply = other.hear(bytes);
      if (reply !== undefined) wire.say(reply);
      return undefined;
    };
  } else throw new Error(`nobody knows how to: ${what}`);
}

const isHousekeeping = (news: string) => / (inputs|tamper false)$/.test(news);
const short = (news: string) => news.replace(" card 0000000007", " card");

function tell(text: string) {
  const { plans, readers, lines } = parse(text);
  const wire = openWire({ plans, readers });
  const told = lines.map((line, i) => {
    wire.run(START_MS + line.atMs - wire.at());
    act(wire, line.what);
    const until = lines[i + 1]?.atMs ?? line.atMs + 15_000;
    wire.run(START_MS + until - wire.at());
    const news = wire.everything().filter((one) => !isHousekeeping(one));
    return `${line.what} -> ${news.map(short).join("; ") || "-"}`;
  });
  return { told, expected: lines.map((line) => `${line.what} -> ${line.told}`) };
}

describe("stories of the bus", () => {
  it.each(readdirSync(folder))("%s", (name) => {
    const { told, expected } = tell(readFileSync(new URL(name, folder), "utf8"));
    expect(told).toEqual(expected);
  });

  it.each([
    ["no moral", "r3: its key\n0.0 line up -> -"],
    ["a line that isn't one", "# x\nr3: its key\nsoon line up -> -"],
    ["somebody who isn't there", "# x\nr3: its key\n0.0 r4 card -> -"],
    ["a deed nobody knows", "# x\nr3: its key\n0.0 r3 sings -> -"],
  ])("refuses %s", (_, text) => {
    expect(() => tell(text)).toThrow();
  });
});
