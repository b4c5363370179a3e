/** Rules about how devices are linked: MQTT broker, user names, serial lines and addresses. */
import { grouped } from "./grouped.ts";
import type { Finding, Path } from "./problem.ts";
import { error, words } from "./problem.ts";
import type { ProfileBrief } from "./profiles.ts";
import { callFindings } from "./rules-call.ts";
import { pushFindings } from "./rules-push.ts";
import type { DeviceConfig, GateConfig } from "./schema.ts";
import { serialKey } from "./wiring.ts";

/** Every contradiction in the links. */
export function linkFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  return [
    ...config.devices.flatMap((device, index) => deviceLink(config, device, index, profiles)),
    ...serialConflicts(config, profiles),
    ...framingConflicts(config, profiles),
    ...unitsTwice(config),
    ...usernamesTwice(config, profiles),
    ...brokerChoice(config),
    ...pushFindings(config),
    ...callFindings(config, profiles),
  ];
}

function brokerChoice({ mqtt }: GateConfig): readonly Finding[] {
  if (mqtt === undefined) return [];
  if ((mqtt.embedded === undefined) !== (mqtt.external === undefined)) return [];
  const hint = words("写 embedded（内置）或 external（外部），只写一个", "Write embedded or external, one of them");
  return [error("CHOOSE_ONE", ["mqtt"], words("MQTT 服务器要二选一", "Exactly one MQTT broker"), hint)];
}

function deviceLink(
  config: GateConfig,
  device: DeviceConfig,
  index: number,
  profiles: readonly ProfileBrief[],
): readonly Finding[] {
  const path: Path = ["devices", index];
  const links = (["mqtt", "serial", "http"] as const).filter((link) => device[link] !== undefined);
  const [link] = links;
  if (link === undefined || links.length > 1) {
    const message = words(`设备“${device.id}”的连接方式要选一种`, `Device \`${device.id}\` needs exactly one link`);
    const hint = words("写 mqtt: {}、serial: {…} 或 http: {…}", "Write mqtt: {}, serial: {…} or http: {…}");
    return [error("CHOOSE_ONE", path, message, hint)];
  }
  const findings: Finding[] = [];
  const wanted = profiles.find((profile) => profile.id === device.profile)?.link;
  if (wanted !== undefined && wanted !== link) {
    const message = words(
      `档案 ${device.profile} 用 ${wanted} 连接`,
      `Profile ${device.profile} is linked by ${wanted}`,
    );
    const hint = words(`把 ${link}: 改成 ${wanted}:`, `Change ${link}: to ${wanted}:`);
    findings.push(error("LINK_WRONG", [...path, link], message, hint, "key"));
  }
  if (device.mqtt !== undefined && config.mqtt === undefined) {
    const message = words("有 MQTT 设备，但没有 MQTT 服务器", "There is an MQTT device but no MQTT broker");
    const hint = words("加上 mqtt: { embedded: {} }", "Add mqtt: { embedded: {} }");
    findings.push(error("MQTT_MISSING", [...path, "mqtt"], message, hint, "key"));
  }
  const { serial } = device;
  if (serial !== undefined && (serial.path === undefined) === (serial.simulated === undefined)) {
    const message = words("串口要写 path 或 simulated，二选一", "A serial line needs path or simulated, one of them");
    const hint = words("例如 path: /dev/ttyUSB0", "For example path: /dev/ttyUSB0");
    findings.push(error("CHOOSE_ONE", [...path, "serial"], message, hint, "key"));
  }
  return findings;
}

const LINE_SETTINGS = ["baud", "dataBits", "parity", "stopBits"] as const;

function serialConflicts(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  const devices = config.devices.map((device, index) => ({ device, index }));
  return [...grouped(devices, ({ device }) => serialKey(device)).values()].flatMap((sharing) =>
    LINE_SETTINGS.flatMap((setting) => {
      const told = sharing.flatMap(({ device, index }) => {
        const brief = profiles.find((profile) => profile.id === device.profile);
        const value = device.serial?.[setting] ?? brief?.serial?.[setting];
        return value === undefined ? [] : [{ device, index, value }];
      });
      const [first] = told;
      if (first === undefined) return [];
      return told
        .filter(({ value }) => value !== first.value)
        .map(({ device, index, value }) =>
          error(
            "SERIAL_CONFLICT",
            ["devices", index, "serial", ...(device.serial?.[setting] === undefined ? [] : [setting])],
            words(
              `同一串口设置不同：${first.device.id} 的 ${setting} 是 ${first.value}，这里是 ${value}`,
              `One serial line, two settings: ${setting} is ${first.value} for ${first.device.id}, ${value} here`,
            ),
            words("把两个设备设成一样，或分开接两个串口", "Set both devices alike, or use two serial ports"),
            "key",
          ),
        );
    }),
  );
}

/** One stream of bytes is cut in one way: by another one a device's frames would be taken for junk, or for another's. */
function framingConflicts(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  const devices = config.devices.map((device, index) => ({ device, index }));
  return [...grouped(devices, ({ device }) => serialKey(device)).values()].flatMap((sharing) => {
    const told = sharing.flatMap(({ device, index }) => {
      const framing = profiles.find((profile) => profile.id === device.profile)?.framing;
      return framing === undefined ? [] : [{ device, index, framing }];
    });
    const [first] = told;
    return told
      .filter(({ framing }) => framing !== first?.framing)
      .map(({ device, index }) =>
        error(
          "FRAMING_CONFLICT",
          ["devices", index, "serial"],
          words(
            `同一串口两种帧格式：${first?.device.id} 与 ${device.id} 的型号不能共用一条线`,
            `One serial line, two framings: the models of ${first?.device.id} and ${device.id} can't share it`,
          ),
          words("分开接两个串口", "Use two serial ports"),
          "key",
        ),
      );
  });
}

function unitsTwice(config: GateConfig): readonly Finding[] {
  const devices = config.devices.map((device, index) => ({ device, index }));
  const onLine = devices.filter(({ device }) => serialKey(device) !== undefined);
  const same = grouped(
    onLine,
    ({ device }) => `${serialKey(device)} ${device.params.unit ?? device.params.address ?? ""}`,
  );
  return [...same.values()].flatMap((sharing) =>
    sharing.slice(1).map(({ device, index }) => {
      const name = ["unit", "address"].find((one) => device.params[one] !== undefined);
      const message = words("同一串口上有两个设备地址相同", "Two devices on one serial line have the same address");
      const hint = words(
        `给每个设备不同的 params.${name ?? "unit"}`,
        `Give each device its own params.${name ?? "unit"}`,
      );
      return error(
        "SERIAL_UNIT_TWICE",
        ["devices", index, ...(name === undefined ? [] : ["params", name])],
        message,
        hint,
      );
    }),
  );
}

function usernamesTwice(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  if (config.mqtt?.embedded === undefined) return [];
  const devices = config.devices.map((device, index) => ({ device, index }));
  const same = grouped(devices, ({ device }) => device.mqtt && (device.mqtt.username ?? device.id));
  const isHub = (sharing: readonly { readonly device: DeviceConfig }[]): boolean => {
    const used = new Set(sharing.map(({ device }) => device.profile));
    return used.size === 1 && profiles.some((profile) => profile.hub === true && used.has(profile.id));
  };
  const apart = [...same.values()].filter((sharing) => !isHub(sharing));
  return apart.flatMap((sharing) =>
    sharing.slice(1).map(({ device, index }) => {
      const message = words(
        "两个设备用同一个 MQTT 用户名，无法分辨是谁发的",
        "Two devices share one MQTT user name: nobody can tell who spoke",
      );
      const path = ["devices", index, "mqtt", ...(device.mqtt?.username === undefined ? [] : ["username"])];
      return error("MQTT_USERNAME_TWICE", path, message, words("每个设备一个用户名", "One user name per device"));
    }),
  );
}
