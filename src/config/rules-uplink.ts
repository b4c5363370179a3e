/** Rules about the line to the county platform. */
import { createPublicKey } from "node:crypto";
import { grouped } from "./grouped.ts";
import type { Finding, Path } from "./problem.ts";
import { error, warning, words } from "./problem.ts";
import type { GateConfig } from "./schema.ts";

type Uplink = NonNullable<GateConfig["uplink"]>;

export function uplinkFindings(config: GateConfig): readonly Finding[] {
  const { uplink } = config;
  if (uplink === undefined) return [];
  return [
    ...encryption(uplink),
    ...plates(uplink),
    ...codes(
      "laneCodes",
      uplink.laneCodes,
      config.lanes.map(({ id }) => id),
    ),
    ...codes(
      "deviceCodes",
      uplink.deviceCodes,
      config.devices.map(({ id }) => id),
    ),
  ];
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

function encryption({ url, carry, certFile, keyFile, username, passwordFile }: Uplink): readonly Finding[] {
  if (url === undefined) {
    if (carry !== undefined) return [];
    const message = words("没有写怎么上报", "It doesn't say how to report");
    const hint = words(
      "写 url: mqtts://…；没有网络就写 carry（U盘）",
      "Write url: mqtts://…, or carry where there is no line",
    );
    return [error("UPLINK_NO_WAY", ["uplink"], message, hint, "key")];
  }
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
  if (hostname === "")
    return [
      error(
        "BAD_FORM",
        ["uplink", "url"],
        words("地址写法不对", "This is no address"),
        words("例如 mqtts://platform.example:8883", "For example mqtts://platform.example:8883"),
      ),
    ];
  if (protocol === "mqtt:" && !LOOPBACK.test(hostname)) {
    const message = words("上报平台必须加密", "The line to the platform must be encrypted");
    return [error("UPLINK_CLEAR_TEXT", ["uplink", "url"], message, words("改成 mqtts://", "Write mqtts://"))];
  }
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const message = words("证书和私钥要一起写", "A certificate needs its key, and a key its certificate");
    const hint = words("同时写 certFile 和 keyFile", "Write both certFile and keyFile");
    return [error("UPLINK_KEY_PAIR", ["uplink"], message, hint, "key")];
  }
  if (username !== undefined && passwordFile === undefined) {
    const message = words("有用户名，没有密码", "There is a user name and no password");
    return [error("SECRET_MISSING", ["uplink", "username"], message, words("加上 passwordFile", "Add passwordFile"))];
  }
  if (protocol === "mqtts:" && certFile === undefined && passwordFile === undefined) {
    const message = words("平台无法确认上报的是谁", "The platform can't know who is telling it this");
    const hint = words(
      "写 certFile 和 keyFile（推荐），或用户名和密码文件",
      "Add certFile and keyFile, or a user name",
    );
    return [warning("UPLINK_ANONYMOUS", ["uplink", "url"], message, hint)];
  }
  return [];
}

function plates({ plates, platesGround }: Uplink): readonly Finding[] {
  if (plates === "plain" && platesGround === undefined) {
    const message = words("车牌明文上报要写明法律依据", "Plates in clear need a recorded legal ground");
    const hint = words(
      "写 platesGround: 文号和条款；没有依据就用 pseudonym",
      "Write platesGround, or plates: pseudonym",
    );
    return [error("PLATES_GROUND_MISSING", ["uplink", "plates"], message, hint)];
  }
  return [];
}

/** Two lanes under one code couldn't be told apart any more, up there. */
function codes(
  group: "laneCodes" | "deviceCodes",
  given: Uplink["laneCodes"],
  ids: readonly string[],
): readonly Finding[] {
  const at = (id: string): Path => ["uplink", group, id];
  const strangers = Object.keys(given).filter((id) => !ids.includes(id));
  const twice = [...grouped(ids, (id) => given[id] ?? id).values()].filter((same) => same.length > 1);
  return [
    ...strangers.map((id) => {
      const message = words(`没有“${id}”`, `There is no \`${id}\``);
      return error("UPLINK_CODE_UNKNOWN", at(id), message, words(`可用：${ids.join(" ")}`, `Known: ${ids.join(" ")}`));
    }),
    ...twice.flatMap((same) => {
      const [id] = same.filter((one) => given[one] !== undefined);
      const message = words(`${same.join("、")} 的编码相同`, `${same.join(", ")} have one code`);
      const hint = words("每个一个编码", "Give each its own code");
      return id === undefined ? [] : [error("UPLINK_CODE_TWICE", at(id), message, hint)];
    }),
  ];
}

/** Of keys that were read: a public one of the one kind, each under its own name. */
export function commandKeyFindings({ uplink }: GateConfig, files: ReadonlyMap<string, string>): readonly Finding[] {
  const keys = uplink?.commandKeys ?? [];
  return keys.flatMap(({ id }, index) => {
    const at: Path = ["uplink", "commandKeys", index];
    const twice = keys.findIndex((other) => other.id === id) < index;
    const pem = files.get([...at, "publicKeyFile"].join("."));
    return [
      ...(twice
        ? [
            error(
              "COMMAND_KEY_TWICE",
              [...at, "id"],
              words("这个密钥名用过了", "Another key has this name"),
              words("每个密钥一个名字", "Give each its own name"),
            ),
          ]
        : []),
      ...(pem === undefined ? [] : keyFindings(pem, [...at, "publicKeyFile"])),
    ];
  });
}

function keyFindings(pem: string, at: Path): readonly Finding[] {
  if (pem.includes("PRIVATE KEY")) {
    const message = words("这是私钥。私钥只能留在平台", "This is a private key; it must stay with the platform");
    const hint = words("换一对新的，门岗只放公钥", "Make a new pair and put only the public key here");
    return [error("COMMAND_KEY_PRIVATE", at, message, hint)];
  }
  const key = ed25519(pem);
  if (key === RFC_8032_TEST_1) {
    const message = words(
      "这是文档里的示例密钥，谁都能用它签名",
      "This is the documents' sample key: anybody can sign with it",
    );
    const hint = words("换成平台自己的公钥", "Put the platform's own public key there");
    return [error("COMMAND_KEY_KNOWN", at, message, hint)];
  }
  if (key !== undefined) return [];
  const message = words("不是 Ed25519 公钥", "This is no Ed25519 public key");
  const hint = words("openssl pkey -in 私钥 -pubout", "openssl pkey -in KEY -pubout");
  return [error("COMMAND_KEY_INVALID", at, message, hint)];
}

/** Its private half stands in RFC 8032, 7.1, and in our samples. */
const RFC_8032_TEST_1 = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

/** The key itself (RFC 8037, `x`); undefined = it is none of this kind. */
function ed25519(pem: string): string | undefined {
  try {
    const { crv, x } = createPublicKey(pem).export({ format: "jwk" });
    return crv === "Ed25519" ? x : undefined;
  } catch {
    return undefined;
  }
}
