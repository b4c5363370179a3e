/** Environment variables that override gate.yaml, for containers and trials. Secrets never come this way. */
import type { Finding, Path } from "./problem.ts";
import { error, warning, words } from "./problem.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the configuration lies when nothing names it. */
export const USUAL_CONFIG = "/etc/gatepost/gate.yaml";

/** Each variable, and the place in gate.yaml that it overrides. */
export const OVERRIDES: readonly { readonly name: string; readonly path: Path; readonly number: boolean }[] = [
  { name: "GATEPOST_PAGE_HOST", path: ["page", "host"], number: false },
  { name: "GATEPOST_PAGE_PORT", path: ["page", "port"], number: true },
  { name: "GATEPOST_MQTT_HOST", path: ["mqtt", "embedded", "host"], number: false },
  { name: "GATEPOST_MQTT_PORT", path: ["mqtt", "embedded", "port"], number: true },
  { name: "GATEPOST_HTTP_HOST", path: ["http", "host"], number: false },
  { name: "GATEPOST_HTTP_PORT", path: ["http", "port"], number: true },
  { name: "GATEPOST_DATA_DIR", path: ["dataDir"], number: false },
  { name: "GATEPOST_LOG_LEVEL", path: ["log", "level"], number: false },
];

export interface Overridden {
  readonly raw: unknown;
  /** Override variables in force, by the text of their path. */
  readonly by: ReadonlyMap<string, string>;
  readonly findings: readonly (Finding & { readonly variable: string })[];
}

/** The path of the configuration: what was asked for, `GATEPOST_CONFIG`, or the usual place. */
export function configPath(asked: string | undefined, env: Environment): string {
  return asked ?? (env.GATEPOST_CONFIG || USUAL_CONFIG);
}

/** `raw` (a parsed gate.yaml) with the environment laid over it; `raw` itself is not changed. */
export function override(raw: unknown, env: Environment): Overridden {
  const by = new Map<string, string>();
  const findings: (Finding & { variable: string })[] = [];
  let result = raw;
  for (const { name, path, number } of OVERRIDES) {
    const text = env[name];
    if (text === undefined || text === "") continue;
    const group = needed(path);
    if (group !== undefined && !hasGroup(raw, group)) {
      const message = words(`${name} 没有作用`, `${name} has no effect`);
      const place = group.join(".");
      const hint = words(`配置里没有 ${place}`, `The configuration has no ${place}`);
      findings.push({ ...warning("ENVIRONMENT_UNUSED", path, message, hint), variable: name });
      continue;
    }
    if (number && !/^\d{1,5}$/.test(text)) {
      const message = words(`环境变量 ${name} 应为端口号`, `Environment variable ${name} must be a port number`);
      const hint = words("写 0 到 65535 的整数", "A whole number from 0 to 65535");
      findings.push({ ...error("ENVIRONMENT_INVALID", path, message, hint), variable: name });
      continue;
    }
    result = laid(result, path, number ? Number(text) : text);
    by.set(path.join("."), name);
  }
  return { raw: result, by, findings };
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The group that must be there for an override to mean anything. */
function needed(path: Path): readonly string[] | undefined {
  if (path[0] === "mqtt") return ["mqtt", "embedded"];
  return path[0] === "http" ? ["http"] : undefined;
}

function hasGroup(raw: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  return isGroup(raw) && key in raw && hasGroup(raw[key], rest);
}

function laid(raw: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  // A group that isn't one is left for the schema to complain about.
  if (raw !== undefined && raw !== null && !isGroup(raw)) return raw;
  const group = isGroup(raw) ? raw : {};
  return { ...group, [key]: laid(Object.hasOwn(group, key) ? group[key] : undefined, rest, value) };
}
