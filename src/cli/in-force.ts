/** Which configuration the running gate works by, by its own word, and which of the files here that is. */
import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { configSha256, type InForce } from "../config/fingerprint.ts";
import { GOOD_FILE, loadOrLastGood } from "../config/last-good.ts";
import { checkText, readText } from "../config/load.ts";
import { pageUrl } from "./doctor-gate.ts";
import type { House } from "./house.ts";

/** A gate that starts is busy; it is asked again. */
const ANSWER_MS = 3_000;
const readySchema = z.object({
  ready: z.boolean(),
  why: z.array(z.string()),
  config: z.object({ sha256: z.string(), standsIn: z.boolean() }).optional(),
});

export interface GateSays {
  readonly ready: boolean;
  readonly why: readonly string[];
  /** Absent = it is of a version that doesn't tell. */
  readonly config?: InForce;
}

/** Undefined = nobody answers there, or it is no gate. */
export async function gateSays(url: string): Promise<GateSays | undefined> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) })
    .then((got) => got.json())
    .catch(() => undefined);
  const { data } = readySchema.safeParse(answer);
  if (data === undefined) return undefined;
  const { ready, why, config } = data;
  return { ready, why, ...(config === undefined ? {} : { config }) };
}

/** What lies beside gate.yaml since another one was put in force. */
export const previousOf = (file: string): string => `${file}.previous`;

interface Candidate {
  readonly file: string;
  readonly text: string;
}

export interface Standing {
  /** gate.yaml itself, not a link to it. */
  readonly file: string;
  /** As it lies there; absent = there is none. */
  readonly text?: string;
  /** Absent = no gate answers. */
  readonly gate?: GateSays;
  /** What the gate works by, or, where none answers, would start by. Absent = it lies in no file here. */
  readonly inForce?: Candidate;
  readonly dataDir?: string;
}

export async function standingAt(house: House, configPath: string, env: NodeJS.ProcessEnv): Promise<Standing> {
  // What lies here is looked at; whether its secrets can be read is another question.
  const options = { ...house.loadOptions, readSecrets: false };
  const file = existsSync(configPath) ? realpathSync(configPath) : resolve(configPath);
  const next = loadOrLastGood(file, env, options);
  const dataDir = "config" in next ? next.dataDir : undefined;
  const places = [file, previousOf(file), ...(dataDir === undefined ? [] : [join(dataDir, GOOD_FILE)])];
  const candidates = places.flatMap((place): readonly Candidate[] => {
    const read = readText(place);
    return "text" in read ? [{ file: place, text: read.text }] : [];
  });
  const sound = candidates.map(({ text }) => checkText(file, text, env, options));
  // One that was edited since the start may name another port.
  const urls = new Set(sound.flatMap((one) => ("config" in one ? [pageUrl(one)] : [])));
  const gate = await firstThatSays(urls);
  const inForce = gate?.config === undefined ? startsBy(next, candidates) : bySha(gate.config.sha256, candidates);
  const [own] = candidates.filter((one) => one.file === file);
  return {
    file,
    ...(own === undefined ? {} : { text: own.text }),
    ...(gate === undefined ? {} : { gate }),
    ...(inForce === undefined ? {} : { inForce }),
    ...(dataDir === undefined ? {} : { dataDir }),
  };
}

async function firstThatSays(urls: Iterable<string>): Promise<GateSays | undefined> {
  for (const url of urls) {
    const says = await gateSays(url);
    if (says !== undefined) return says;
  }
  return undefined;
}

const bySha = (sha256: string, candidates: readonly Candidate[]) =>
  candidates.find(({ text }) => configSha256(text) === sha256);

const startsBy = (next: ReturnType<typeof loadOrLastGood>, candidates: readonly Candidate[]) =>
  "config" in next ? candidates.find(({ text }) => text === next.text) : undefined;
