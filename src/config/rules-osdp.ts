/** Rules about OSDP readers: their addresses, their keys, and what shares their line. */
import { grouped } from "./grouped.ts";
import type { Finding, Path } from "./problem.ts";
import { error, warning, words } from "./problem.ts";
import type { ProfileBrief } from "./profiles.ts";
import type { DeviceConfig, GateConfig } from "./schema.ts";
import { serialKey } from "./wiring.ts";

/** The key every reader comes with. */
const DEFAULT_KEY = "303132333435363738393a3b3c3d3e3f";
const MAKE_ONE = words(
  "生成一个：openssl rand -hex 16 > secrets/名称.key",
  "Make one: openssl rand -hex 16 > secrets/NAME.key",
);

/** Everything but the keys themselves. */
export function osdpFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  const isReader = (device: DeviceConfig) =>
    profiles.some((profile) => profile.id === device.profile && profile.driver === "osdp");
  return [
    ...config.devices.flatMap((device, index) => {
      const path: Path = ["devices", index];
      if (isReader(device)) return [...address(device, path), ...safety(device, path)];
      if (device.osdp === undefined) return [];
      const message = words("这个设备不是 OSDP 读卡器", "This device is no OSDP reader");
      return [error("NOT_APPLICABLE", [...path, "osdp"], message, words("删除 osdp:", "Remove osdp:"), "key")];
    }),
    ...mixedLines(config, isReader),
  ];
}

function address({ params }: DeviceConfig, path: Path): readonly Finding[] {
  const given = params.address;
  if (typeof given !== "number" || (Number.isInteger(given) && given >= 0 && given <= 126)) return [];
  const message = words("OSDP 地址要在 0 到 126 之间", "An OSDP address is 0..126");
  return [error("OUT_OF_RANGE", [...path, "params", "address"], message, words("0..126", "0..126"))];
}

function safety({ id, osdp }: DeviceConfig, path: Path): readonly Finding[] {
  const at: Path = [...path, "osdp"];
  if (osdp?.keyFile !== undefined && osdp.clear !== undefined) {
    const message = words("keyFile 和 clear 只能写一个", "A key, or clear text: not both");
    return [error("CHOOSE_ONE", at, message, words("删除 clear", "Remove clear"), "key")];
  }
  if (osdp?.keyFile === undefined && osdp?.clear === undefined) {
    const message = words(`读卡器“${id}”没有密钥`, `Reader \`${id}\` has no key`);
    const hint = words(
      `加上 osdp: { keyFile: secrets/${id}.key }。${MAKE_ONE.zh}`,
      `Add osdp: { keyFile: secrets/${id}.key }. ${MAKE_ONE.en}`,
    );
    return [error("SECRET_MISSING", osdp === undefined ? path : at, message, hint, "key")];
  }
  if (osdp.clear !== undefined) {
    if (osdp.installMinutes !== undefined) {
      const message = words("没有密钥，安装模式没有用", "Without a key there is nothing to install");
      const hint = words("写 keyFile，或删除 installMinutes", "Write keyFile, or remove installMinutes");
      return [error("NOT_APPLICABLE", [...at, "installMinutes"], message, hint, "key")];
    }
    const message = words(
      "读卡器不加密：能碰到线的人可以冒充刷卡",
      "The reader talks in clear: whoever reaches its wires can play back cards",
    );
    return [warning("CLEAR_TEXT", [...at, "clear"], message, words("能加密就写 keyFile", "Use keyFile where it can"))];
  }
  if (osdp.installMinutes === undefined) return [];
  const message = words("安装模式还开着", "Install mode is on");
  const hint = words("装好后删除 installMinutes", "Remove installMinutes once the reader is installed");
  return [warning("INSTALL_MODE", [...at, "installMinutes"], message, hint)];
}

/** The panel alone may speak on its line: another protocol's polls would be noise to it, and its own to the others. */
function mixedLines(config: GateConfig, isReader: (device: DeviceConfig) => boolean): readonly Finding[] {
  const devices = config.devices.map((device, index) => ({ device, index }));
  return [...grouped(devices, ({ device }) => serialKey(device)).values()].flatMap((sharing) => {
    if (!sharing.some(({ device }) => isReader(device))) return [];
    return sharing
      .filter(({ device }) => !isReader(device))
      .map(({ index }) => {
        const message = words("OSDP 总线上只能接 OSDP 读卡器", "Only OSDP readers may hang on an OSDP bus");
        const hint = words("接到另一个串口", "Use another serial port");
        return error("SERIAL_CONFLICT", ["devices", index, "serial"], message, hint, "key");
      });
  });
}

/** The keys, where they could be read. */
export function readerKeyFindings(config: GateConfig, keys: ReadonlyMap<string, string>): readonly Finding[] {
  const holders = new Map<string, string>();
  return config.devices.flatMap(({ id }, index) => {
    const key = keys.get(id);
    if (key === undefined) return [];
    const path: Path = ["devices", index, "osdp", "keyFile"];
    const before = holders.get(key);
    holders.set(key, before ?? id);
    if (!/^[0-9a-f]{32}$/.test(key)) {
      const message = words("密钥应是 32 位十六进制数", "The key should be 32 hex digits");
      return [error("KEY_INVALID", path, message, MAKE_ONE)];
    }
    if (key === DEFAULT_KEY || /^(..)\1{15}$/.test(key)) {
      const message = words("这是人人都知道的密钥", "This key is known to everybody");
      return [error("KEY_INVALID", path, message, MAKE_ONE)];
    }
    if (before === undefined) return [];
    const message = words(`与“${before}”用同一个密钥`, `The same key as \`${before}\`'s`);
    return [error("KEY_TWICE", path, message, words(`每个读卡器一个。${MAKE_ONE.zh}`, `One each. ${MAKE_ONE.en}`))];
  });
}
