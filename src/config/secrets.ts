/** Secrets: from files or systemd's credential directory, never from gate.yaml or the environment. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, isAbsolute, join, resolve } from "node:path";
import type { DeviceId } from "../core/terms.ts";
import type { Environment } from "./environment.ts";
import type { Finding, Path, Words } from "./problem.ts";
import { error, warning, words } from "./problem.ts";
import { isPushing } from "./rules-call.ts";
import { isLoopback } from "./rules-dangers.ts";
import type { DeviceConfig, GateConfig } from "./schema.ts";

/** The name of the operator token where gate.yaml gives none: a systemd credential. */
export const OPERATOR_TOKEN = "operator-token";
/** A token crosses networks and is guessed at ten times a minute; what a person would make up is shorter. */
const SHORTEST_TOKEN = 16;
/** No password or key is longer. */
const LARGEST_SECRET_BYTES = 65_536;

export interface Secrets {
  /** Each device's password at the embedded broker, or its secret over HTTP. */
  readonly devices: ReadonlyMap<DeviceId, string>;
  /** What each device that we call wants to be told. */
  readonly calls: ReadonlyMap<DeviceId, string>;
  /** Each OSDP reader's own key, 32 hex digits. */
  readonly readerKeys: ReadonlyMap<DeviceId, string>;
  /** Our own password at an external broker. */
  readonly broker?: string;
  /** What the page asks for beyond this machine. */
  readonly operatorToken?: string;
  /** Our own password at the county platform. */
  readonly uplink?: string;
  /** What the site's gates share, and our password at their broker where it is one of its own. */
  readonly sharing?: string;
  readonly sharingBroker?: string;
  /** Our password at Home Assistant's broker, where it is one of its own. */
  readonly homeAssistantBroker?: string;
  /** Our password at the GA/T 1400 platform. */
  readonly viid?: string;
  /** PEM texts, by their place in gate.yaml, e.g. `mqtt.embedded.tls.key`. */
  readonly files: ReadonlyMap<string, string>;
}

export interface SecretsRead {
  readonly secrets: Secrets;
  readonly findings: readonly Finding[];
}

/** Rules that hold without reading any file. */
export function secretFindings(config: GateConfig, env: Environment): readonly Finding[] {
  return config.devices.flatMap((device, index) => {
    if (device.http !== undefined && !isPushing(device)) return [];
    if (device.http !== undefined) return pushSecret(config, device, ["devices", index, "http"], env);
    const path: Path = ["devices", index, "mqtt"];
    if (device.mqtt?.password !== undefined && !config.simulation) {
      const message = words("正式配置里不能直接写密码", "A real configuration holds no password");
      const hint = words(
        `把它移到文件里，写 passwordFile: secrets/${device.id}，并更换密码`,
        `Move it to a file, write passwordFile: secrets/${device.id}, and change the password`,
      );
      return [error("SECRET_INLINE", [...path, "password"], message, hint, "key")];
    }
    const needed = device.mqtt !== undefined && config.mqtt?.embedded !== undefined;
    if (!needed || device.mqtt?.password !== undefined || device.mqtt?.passwordFile !== undefined) return [];
    if (credentialsIn(env) !== undefined) return [];
    const message = words(`设备“${device.id}”没有密码`, `Device \`${device.id}\` has no password`);
    const hint = words(`加上 passwordFile: secrets/${device.id}`, `Add passwordFile: secrets/${device.id}`);
    return [error("SECRET_MISSING", path, message, hint, "key")];
  });
}

function pushSecret(config: GateConfig, { id, http }: DeviceConfig, path: Path, env: Environment): readonly Finding[] {
  if (http?.secret !== undefined && !config.simulation) {
    const message = words("正式配置里不能直接写密钥", "A real configuration holds no secret");
    const hint = words(
      `把它移到文件里，写 secretFile: secrets/${id}，并更换`,
      `Move it to a file, write secretFile: secrets/${id}, and change it`,
    );
    return [error("SECRET_INLINE", [...path, "secret"], message, hint, "key")];
  }
  if (http?.by === "address" || http?.secret !== undefined || http?.secretFile !== undefined) return [];
  if (credentialsIn(env) !== undefined) return [];
  const message = words(`设备“${id}”没有密钥`, `Device \`${id}\` has no secret`);
  const hint = words(`加上 secretFile: secrets/${id}`, `Add secretFile: secrets/${id}`);
  return [error("SECRET_MISSING", path, message, hint, "key")];
}

/** Reads every secret that the configuration names; what can't be read becomes a finding. */
export function readSecrets(config: GateConfig, folder: string, env: Environment): SecretsRead {
  const findings: Finding[] = [];
  const take = (name: string, path: Path, secret: boolean): string | undefined => {
    const read = readOne(secretPath(name, folder, env), secret);
    findings.push(...read.complaints(path));
    return read.text;
  };
  const devices = new Map<DeviceId, string>();
  const calls = new Map<DeviceId, string>();
  for (const [index, device] of config.devices.entries()) {
    const called = device.http?.call;
    if (called !== undefined) {
      const at: Path = ["devices", index, "http", "call", "passwordFile"];
      const file = called.passwordFile;
      const read = called.password ?? (file === undefined ? undefined : take(file, at, true)?.trim());
      if (read !== undefined) calls.set(device.id, read);
    }
    if (device.http !== undefined && device.http.by !== "address" && isPushing(device)) {
      const { secretFile, secret } = device.http;
      const at: Path = ["devices", index, "http", ...(secretFile === undefined ? [] : ["secretFile"])];
      const read = (secret ?? take(secretFile ?? device.id, at, true))?.trim();
      if (read !== undefined) devices.set(device.id, read);
      if (read !== undefined) findings.push(...weakSecret(device.http.by, read, at));
    }
    if (device.mqtt === undefined || config.mqtt?.embedded === undefined) continue;
    const written = device.mqtt.passwordFile;
    const path: Path = ["devices", index, "mqtt", ...(written === undefined ? [] : ["passwordFile"])];
    const password = device.mqtt.password ?? take(written ?? device.id, path, true);
    if (password !== undefined) devices.set(device.id, password.trim());
  }
  const readerKeys = new Map<DeviceId, string>();
  for (const [index, { id, osdp }] of config.devices.entries()) {
    const path: Path = ["devices", index, "osdp", "keyFile"];
    const key =
      osdp?.keyFile === undefined ? undefined : take(osdp.keyFile, path, true)?.replaceAll(/\s/g, "").toLowerCase();
    if (key !== undefined) readerKeys.set(id, key);
  }
  const files = new Map<string, string>();
  for (const { name, path, secret } of pemFiles(config)) {
    const text = name === undefined ? undefined : take(name, path, secret);
    if (text !== undefined) files.set(path.join("."), text);
  }
  const word = (name: string | undefined, path: Path) =>
    name === undefined ? undefined : take(name, path, true)?.trim();
  const broker = word(config.mqtt?.external?.passwordFile, ["mqtt", "external", "passwordFile"]);
  const uplink = word(config.uplink?.passwordFile, ["uplink", "passwordFile"]);
  const sharing = word(config.sharing?.keyFile, ["sharing", "keyFile"]);
  const sharingBroker = word(config.sharing?.broker?.passwordFile, ["sharing", "broker", "passwordFile"]);
  const homeAssistantBroker = word(config.homeAssistant?.broker?.passwordFile, [
    "homeAssistant",
    "broker",
    "passwordFile",
  ]);
  const gat1400 = word(config.viid?.passwordFile, ["viid", "passwordFile"]);
  const token = operatorToken(config, env, take);
  findings.push(...token.findings);
  const secrets: Secrets = {
    devices,
    calls,
    readerKeys,
    files,
    ...(broker === undefined ? {} : { broker }),
    ...(uplink === undefined ? {} : { uplink }),
    ...(sharing === undefined ? {} : { sharing }),
    ...(sharingBroker === undefined ? {} : { sharingBroker }),
    ...(homeAssistantBroker === undefined ? {} : { homeAssistantBroker }),
    ...(gat1400 === undefined ? {} : { viid: gat1400 }),
    ...(token.text === undefined ? {} : { operatorToken: token.text }),
  };
  return { secrets, findings };
}

/** A path's secret stands in the terminal's page and in every request: it must be long, and fit in a path. */
function weakSecret(by: "path" | "basic" | "digest", secret: string, path: Path): readonly Finding[] {
  if (by !== "path" || /^[A-Za-z0-9_-]{16,128}$/.test(secret)) return [];
  const message = words(
    "路径密钥太短或含有不能用的字符",
    "The path's secret is too short, or has characters a path can't",
  );
  const hint = words(
    "至少 16 位字母数字，例如 openssl rand -hex 16",
    "16 or more letters and digits, e.g. openssl rand -hex 16",
  );
  return [error("HTTP_SECRET_WEAK", path, message, hint)];
}

function operatorToken(
  config: GateConfig,
  env: Environment,
  take: (name: string, path: Path, secret: boolean) => string | undefined,
): { readonly text?: string; readonly findings: readonly Finding[] } {
  const written = config.page.operatorTokenFile;
  const credentials = isLoopback(config.page.host) ? undefined : credentialsIn(env);
  const given = credentials !== undefined && existsSync(join(credentials, OPERATOR_TOKEN));
  const implied = given ? OPERATOR_TOKEN : undefined;
  const name = written ?? implied;
  if (name === undefined) return { findings: [] };
  const path: Path = ["page", written === undefined ? "host" : "operatorTokenFile"];
  const text = take(name, path, true)?.trim();
  if (text === undefined) return { findings: [] };
  if (text.length >= SHORTEST_TOKEN && !/\s/.test(text)) return { text, findings: [] };
  const message = words(
    `操作口令要至少 ${SHORTEST_TOKEN} 个字符，中间没有空格`,
    `The operator token needs at least ${SHORTEST_TOKEN} characters and no space among them`,
  );
  const hint = words("用 head -c 24 /dev/urandom | base64 生成", "Make one: head -c 24 /dev/urandom | base64");
  return { findings: [error("SECRET_SHORT", path, message, hint)] };
}

function pemFiles(config: GateConfig): readonly { name: string | undefined; path: Path; secret: boolean }[] {
  const { embedded, external } = config.mqtt ?? {};
  const page = typeof config.page.tls === "object" ? config.page.tls : undefined;
  return [
    { name: page?.cert, path: ["page", "tls", "cert"], secret: false },
    { name: page?.key, path: ["page", "tls", "key"], secret: true },
    { name: embedded?.tls?.cert, path: ["mqtt", "embedded", "tls", "cert"], secret: false },
    { name: embedded?.tls?.key, path: ["mqtt", "embedded", "tls", "key"], secret: true },
    { name: config.http?.tls?.cert, path: ["http", "tls", "cert"], secret: false },
    { name: config.http?.tls?.key, path: ["http", "tls", "key"], secret: true },
    ...config.devices.map(({ http }, index) => ({
      name: http?.call?.caFile,
      path: ["devices", index, "http", "call", "caFile"],
      secret: false,
    })),
    { name: external?.caFile, path: ["mqtt", "external", "caFile"], secret: false },
    { name: external?.certFile, path: ["mqtt", "external", "certFile"], secret: false },
    { name: external?.keyFile, path: ["mqtt", "external", "keyFile"], secret: true },
    {
      name: config.uplink?.carry?.platformKeysFile,
      path: ["uplink", "carry", "platformKeysFile"],
      secret: false,
    },
    { name: config.uplink?.caFile, path: ["uplink", "caFile"], secret: false },
    { name: config.uplink?.certFile, path: ["uplink", "certFile"], secret: false },
    { name: config.uplink?.keyFile, path: ["uplink", "keyFile"], secret: true },
    { name: config.sharing?.broker?.caFile, path: ["sharing", "broker", "caFile"], secret: false },
    { name: config.sharing?.broker?.certFile, path: ["sharing", "broker", "certFile"], secret: false },
    { name: config.sharing?.broker?.keyFile, path: ["sharing", "broker", "keyFile"], secret: true },
    { name: config.homeAssistant?.broker?.caFile, path: ["homeAssistant", "broker", "caFile"], secret: false },
    { name: config.homeAssistant?.broker?.certFile, path: ["homeAssistant", "broker", "certFile"], secret: false },
    { name: config.homeAssistant?.broker?.keyFile, path: ["homeAssistant", "broker", "keyFile"], secret: true },
    { name: config.viid?.caFile, path: ["viid", "caFile"], secret: false },
    ...(config.uplink?.commandKeys ?? []).map(({ publicKeyFile }, index) => ({
      name: publicKeyFile,
      path: ["uplink", "commandKeys", index, "publicKeyFile"],
      secret: false,
    })),
  ];
}

/** systemd's folder of credentials, where it gave us one. */
export function credentialsIn(env: Environment): string | undefined {
  return env.CREDENTIALS_DIRECTORY === "" ? undefined : env.CREDENTIALS_DIRECTORY;
}

/** The environment with the running service's folder in it, where it has none of its own and that one is there. */
export function withCredentials(env: Environment, service: string | undefined): Environment {
  if (service === undefined || credentialsIn(env) !== undefined || !existsSync(service)) return env;
  return { ...env, CREDENTIALS_DIRECTORY: service };
}

/** Where a named secret lies: absolute as written; else a systemd credential of that name, else beside gate.yaml. */
export function secretPath(name: string, folder: string, env: Environment): string {
  if (isAbsolute(name)) return name;
  const credentials = credentialsIn(env);
  const beside = resolve(folder, name);
  if (credentials === undefined) return beside;
  const credential = join(credentials, basename(name));
  try {
    return statSync(credential, { throwIfNoEntry: false }) === undefined ? beside : credential;
  } catch {
    // The service's folder is closed to whoever isn't root: that is said of the credential, unless one lies beside gate.yaml.
    return existsSync(beside) ? beside : credential;
  }
}

interface One {
  readonly text?: string;
  complaints(path: Path): readonly Finding[];
}

function readOne(file: string, secret: boolean): One {
  const look = words(`检查 ${file} 是否存在、权限是否正确`, `See that ${file} exists and may be read by us`);
  const refused = (why: Words, hint: Words = look): One => ({
    complaints: (path) => [
      error(
        "SECRET_UNREADABLE",
        path,
        words(`读不了密钥文件：${why.zh}`, `The secret file can't be read: ${why.en}`),
        hint,
      ),
    ],
  });
  try {
    const status = statSync(file);
    if (!status.isFile()) return refused(words("不是文件", "not a file"));
    if (status.size > LARGEST_SECRET_BYTES) return refused(words("文件太大", "too large"));
    const text = readFileSync(file, "utf8");
    if (text.trim() === "") return refused(words("文件是空的", "empty"));
    const openToAll = secret && (status.mode & 0o007) !== 0;
    return { text, complaints: (path) => (openToAll ? [exposedFile(file, path)] : []) };
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (code === "ENOENT")
      return refused(
        words("文件不存在", "no such file"),
        words(
          `新建 ${file}，把设备上设的密码写进去，chmod 640`,
          `Make ${file} with the device's password in it, mode 640`,
        ),
      );
    if (code === "EACCES") return refused(words("没有权限", "permission denied"));
    return refused(words(code, code));
  }
}

function exposedFile(file: string, path: Path): Finding {
  const message = words("密钥文件所有人都能读", "Every user of this machine may read this secret");
  return warning("SECRET_EXPOSED", path, message, words(`chmod 640 ${file}`, `chmod 640 ${file}`));
}
