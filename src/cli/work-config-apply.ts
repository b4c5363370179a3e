/**
 * `gatepost config apply` and `rollback`: another configuration comes into force, or the one of before does again. Ready alone
 * says nothing (the last good one may have stood in): the gate must tell that it works by this very file.
 */
import { existsSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { putWhole } from "../adapters/config-file.ts";
import { holdAlone } from "../adapters/database.ts";
import { openUnit, type Unit } from "../adapters/unit.ts";
import { USUAL_CONFIG } from "../config/environment.ts";
import { configSha256 } from "../config/fingerprint.ts";
import { checkText, type Loaded, readText } from "../config/load.ts";
import { GateError } from "../core/fault.ts";
import { pageUrl } from "./doctor-gate.ts";
import type { House } from "./house.ts";
import { type GateSays, gateSays, previousOf, type Standing, standingAt } from "./in-force.ts";
import { diffed, givenFile } from "./work-config.ts";
import type { ConfigApplied, ConfigApplyOptions, ConfigDiffed } from "./works.ts";

const LOOK_MS = 500;
/** One that becomes ready and dies at once isn't ready. */
const STAYS_MS = 3_000;
/** One that ends so often at its start won't be ready; the entrance has no gate meanwhile. */
const MOST_RESTARTS = 3;
const USUAL_UNIT = "gatepost";

export interface Waits {
  readonly env?: NodeJS.ProcessEnv;
  readonly staysMs?: number;
}

/** @throws GateError CONFIG_NOT_APPLIED, DATABASE_BUSY; nothing has changed then */
export async function configApplyWork(
  house: House,
  options: ConfigApplyOptions,
  agree: (told: ConfigDiffed) => Promise<boolean>,
  { env = process.env, staysMs = STAYS_MS }: Waits = {},
): Promise<ConfigApplied> {
  const standing = await standingAt(house, options.configPath, env);
  const given = givenFile(standing, options.back === true ? previousThere(standing.file) : options.file);
  const { loaded, ...told } = diffed(house, standing, given, env);
  if ("errors" in loaded) return { outcome: "errors", ...told };
  const { gate } = standing;
  if (standing.text === loaded.text && gate?.config?.sha256 === configSha256(loaded.text) && !gate.config.standsIn)
    return { outcome: "same", ...told };
  const name = options.unit ?? (resolve(options.configPath) === USUAL_CONFIG ? USUAL_UNIT : undefined);
  const unit = name === undefined ? undefined : openUnit(name, env);
  const kept = unit?.isKept() === true ? unit : undefined;
  if (kept !== undefined && loaded.config.page.port === 0)
    throw new GateError("CONFIG_NOT_APPLIED", "page.port is 0: nobody could ask the gate 端口为 0，无法确认");
  if (!(await agree(told))) return { outcome: "declined", ...told };
  const letGo = heldAlone(standing.dataDir);
  try {
    stillLies(standing);
    const before = lay(standing, loaded.text);
    if (kept === undefined) return { outcome: "laid", ...told, runs: gate !== undefined };
    const wait = { unit: kept, withinMs: options.waitS * 1000, staysMs };
    return { ...(await tried({ house, standing, loaded, before, env, wait })), ...told };
  } finally {
    letGo();
  }
}

function previousThere(file: string): string {
  const previous = previousOf(file);
  if (existsSync(previous)) return previous;
  throw new GateError("CONFIG_NOT_APPLIED", `there is no ${previous} 没有上一份配置`);
}

function heldAlone(dataDir: string | undefined): () => void {
  if (dataDir === undefined || !existsSync(dataDir)) return () => undefined;
  return holdAlone(join(dataDir, "config.lock"));
}

/** What was agreed to was shown against this text. */
function stillLies({ file, text }: Standing): void {
  const now = readText(file);
  if (("text" in now ? now.text : undefined) === text) return;
  throw new GateError("CONFIG_NOT_APPLIED", `${file} was changed meanwhile; look again 文件刚被改过，请重新看一遍`);
}

interface Before {
  /** What was in force, wherever it lay; absent = nobody knows. */
  readonly text?: string;
  /** gate.yaml.previous as it was: one that didn't come into force takes no step back with it. */
  readonly previous?: string;
}

/** What was in force is kept first, under its own name; then the next one takes its place. */
function lay({ file, text, inForce }: Standing, next: string): Before {
  const previous = readText(previousOf(file));
  const back = inForce?.text ?? (text === next ? undefined : text);
  const like = existsSync(file) ? file : undefined;
  if (back !== undefined && back !== next) putWhole(previousOf(file), back, like);
  // Somebody's edit that never was in force.
  if (text !== undefined && text !== back && text !== next) putWhole(`${file}.edited`, text, like);
  putWhole(file, next);
  return {
    ...(back === undefined || back === next ? {} : { text: back }),
    ...("text" in previous ? { previous: previous.text } : {}),
  };
}

interface Trial {
  readonly house: House;
  readonly standing: Standing;
  readonly loaded: Loaded;
  readonly before: Before;
  readonly env: NodeJS.ProcessEnv;
  readonly wait: { readonly unit: Unit; readonly withinMs: number; readonly staysMs: number };
}

/** A closed terminal or Ctrl-C must not leave an entrance with a gate that doesn't start. */
async function tried(trial: Trial): Promise<Pick<ConfigApplied, "outcome" | "why" | "isBack">> {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  const deaf = () => undefined;
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  process.on("SIGHUP", deaf);
  try {
    const { standing, loaded, before } = trial;
    const became = await becomes(trial, loaded, stopped.signal);
    if (became.isInForce) return { outcome: "in-force", ...became.told };
    // It wasn't ready before either, and the new one is in force: that is no fault of this file.
    if (became.isTaken && standing.gate?.ready !== true) return { outcome: "in-force", ...became.told };
    if (before.text === undefined) return { outcome: "stuck", ...became.told };
    return { outcome: "put-back", ...became.told, isBack: await putBack(trial, before.text) };
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
    process.off("SIGHUP", deaf);
  }
}

/** The gate first: what `rollback` would lay down can wait, and must not keep it. */
async function putBack(trial: Trial, back: string): Promise<boolean> {
  const { house, standing, env, before, wait } = trial;
  layBack(standing.file, back);
  try {
    const loaded = checkText(standing.file, back, env, { ...house.loadOptions, readSecrets: false });
    if (!("errors" in loaded)) return (await becomes(trial, loaded)).isTaken;
    wait.unit.restart();
    return false;
  } finally {
    if (before.previous === undefined) rmSync(previousOf(standing.file), { force: true });
    else putWhole(previousOf(standing.file), before.previous, standing.file);
  }
}

/** A disk that takes no new file any more: the very text lies where it was kept. */
function layBack(file: string, back: string): void {
  try {
    putWhole(file, back);
  } catch (cause) {
    const kept = readText(previousOf(file));
    if (!(cause instanceof GateError) || !("text" in kept) || kept.text !== back) throw cause;
    renameSync(previousOf(file), file);
  }
}

interface Became {
  /** It works by this file, and is ready. */
  readonly isInForce: boolean;
  /** It works by this file. */
  readonly isTaken: boolean;
  readonly told: { readonly why?: readonly string[] };
}

/** @param stop only on the way forth: what goes back isn't stopped */
async function becomes({ wait, standing }: Trial, loaded: Loaded, stop?: AbortSignal): Promise<Became> {
  const { unit, withinMs, staysMs } = wait;
  const { gate } = standing;
  const sha256 = configSha256(loaded.text);
  const url = pageUrl(loaded);
  const failed = (why: string): Became => ({ isInForce: false, isTaken: false, told: { why: [why] } });
  try {
    unit.restart();
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    return failed(cause.message);
  }
  const end = performance.now() + withinMs;
  let goodSince: number | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  let last: GateSays | undefined;
  while (performance.now() < end) {
    if (stop?.aborted === true) return failed("interrupted 被中断");
    last = await gateSays(url);
    const isOurs = last?.config?.sha256 === sha256 && !last.config.standsIn;
    // A relay board that was silent before is waited for on the way forth alone.
    const isGood = isOurs && (last?.ready === true || (stop === undefined && gate?.ready !== true));
    goodSince = isGood ? (goodSince ?? performance.now()) : undefined;
    if (goodSince !== undefined && performance.now() - goodSince >= staysMs)
      return { isInForce: true, isTaken: true, told: {} };
    // The last good one has taken its place: the service finds errors that weren't seen here (rights, credentials).
    if (stop !== undefined && last?.config?.standsIn === true && gate?.config?.standsIn !== true)
      return failed(`errors that only the service meets: journalctl -u ${unit.name} 服务读到的配置有错误`);
    const restarts = unit.restarts();
    fewest = Math.min(fewest, restarts);
    if (restarts - fewest >= MOST_RESTARTS) return failed(`it ends at its start: journalctl -u ${unit.name} 启动失败`);
    await new Promise((next) => setTimeout(next, Math.min(LOOK_MS, staysMs)));
  }
  const isTaken = last?.config?.sha256 === sha256 && !last.config.standsIn;
  const why =
    last === undefined ? ["nobody answers 没有应答"] : isTaken ? last.why : ["it works by another file 用的不是这一份"];
  return { isInForce: false, isTaken, told: { why } };
}
