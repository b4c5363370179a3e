/** Rules about what the site's gates share. */
import type { Finding, Path } from "./problem.ts";
import { error, warning, words } from "./problem.ts";
import { isLoopback } from "./rules-dangers.ts";
import type { GateConfig } from "./schema.ts";

/** What a person would make up is shorter. */
const SHORTEST_KEY = 32;

export function sharingFindings(config: GateConfig, key: string | undefined): readonly Finding[] {
  const { sharing, gate, mqtt } = config;
  if (sharing === undefined) return [];
  return [
    ...(sharing.broker === undefined && mqtt?.external === undefined ? [noBroker()] : []),
    ...sharing.gates.flatMap((one, n) => wrongGate(one, n, sharing.gates, gate.id)),
    ...(config.areas.length === 0 ? [nothingToShare()] : []),
    ...(key !== undefined && key.length < SHORTEST_KEY ? [weakKey()] : []),
    ...(sharing.broker === undefined ? [] : brokerFindings(sharing.broker, "sharing")),
  ];
}

function noBroker(): Finding {
  const message = words("没有写各门共用的 MQTT 服务器", "There is no broker that the gates share");
  const hint = words(
    "写 sharing.broker: { url: mqtts://… }；门岗内置的服务器不行",
    "Add sharing.broker: { url: mqtts://… }; the embedded one serves devices alone",
  );
  return error("SHARING_BROKER_MISSING", ["sharing"], message, hint, "key");
}

function wrongGate(one: string, n: number, all: readonly string[], own: string): readonly Finding[] {
  const path: Path = ["sharing", "gates", n];
  if (one === own) {
    const message = words(`“${one}”就是本机`, `\`${one}\` is this very gate`);
    return [error("SHARING_GATE_SELF", path, message, words("只写别的门", "Name the other gates only"))];
  }
  if (all.indexOf(one) === n) return [];
  return [
    error(
      "SHARING_GATE_TWICE",
      path,
      words(`“${one}”写了两次`, `\`${one}\` stands here twice`),
      words("删掉一个", "Remove one"),
    ),
  ];
}

function nothingToShare(): Finding {
  const message = words("没有区域，各门之间没有什么可共享的", "There are no areas, so there is nothing to share");
  const hint = words("写 areas，各门用同样的区域代号", "Add areas, with the same ids at each gate");
  return warning("SHARING_NO_AREAS", ["sharing"], message, hint);
}

function weakKey(): Finding {
  const message = words(
    `共享密钥要至少 ${SHORTEST_KEY} 个字符`,
    `The shared key needs at least ${SHORTEST_KEY} characters`,
  );
  const hint = words(
    "用 openssl rand -hex 32 生成一次，复制到每个门",
    "Make one with openssl rand -hex 32 and copy it to each gate",
  );
  return error("SHARING_KEY_WEAK", ["sharing", "keyFile"], message, hint);
}

type Broker = NonNullable<NonNullable<GateConfig["sharing"]>["broker"]>;

/** Of the broker that a part of gate.yaml names for itself. */
export function brokerFindings(
  { url, username, passwordFile }: Broker,
  part: "sharing" | "homeAssistant",
): readonly Finding[] {
  if (username === undefined) return [];
  if (passwordFile === undefined) return [noPassword(part)];
  // The letters are sealed in any case, and what Home Assistant is told names nobody.
  const host = url.replace(/^mqtts?:\/\/\[?|\]?(:\d+)?(\/.*)?$/g, "");
  if (url.startsWith("mqtts:") || isLoopback(host)) return [];
  const message = words("MQTT 密码在网络上明文传输", "Our MQTT password crosses the network in the clear");
  return [warning("BROKER_EXPOSED", [part, "broker", "url"], message, words("改用 mqtts://", "Use mqtts://"))];
}

function noPassword(part: string): Finding {
  const message = words("有用户名，没有密码", "There is a user name and no password");
  return error("SECRET_MISSING", [part, "broker", "username"], message, words("加上 passwordFile", "Add passwordFile"));
}
