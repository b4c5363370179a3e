/** Rules about what hangs where: outputs, contacts, serial lines, MQTT. */
import { grouped } from "./grouped.ts";
import type { Finding, Path } from "./problem.ts";
import { error, words } from "./problem.ts";
import type { ProfileBrief } from "./profiles.ts";
import type { DeviceConfig, GateConfig, InputConfig, OutputConfig } from "./schema.ts";
import { serialKey } from "./wiring.ts";

/** Every contradiction in the wiring. */
export function wiringFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  return [
    ...config.devices.flatMap((device, index) => linkFindings(config, device, index, profiles)),
    ...outputsTwice(config),
    ...inputsTwice(config),
    ...linesTwice(config),
    ...serialConflicts(config, profiles),
    ...unitsTwice(config),
    ...usernamesTwice(config),
    ...brokerChoice(config),
  ];
}

function brokerChoice({ mqtt }: GateConfig): readonly Finding[] {
  if (mqtt === undefined) return [];
  if ((mqtt.embedded === undefined) !== (mqtt.external === undefined)) return [];
  const hint = words("写 embedded（内置）或 external（外部），只写一个", "Write embedded or external, one of them");
  return [error("CHOOSE_ONE", ["mqtt"], words("MQTT 服务器要二选一", "Exactly one MQTT broker"), hint)];
}

function linkFindings(
  config: GateConfig,
  device: DeviceConfig,
  index: number,
  profiles: readonly ProfileBrief[],
): readonly Finding[] {
  const path: Path = ["devices", index];
  if ((device.mqtt === undefined) === (device.serial === undefined)) {
    const message = words(`设备“${device.id}”的连接方式要二选一`, `Device \`${device.id}\` needs exactly one link`);
    return [error("CHOOSE_ONE", path, message, words("写 mqtt: {} 或 serial: {…}", "Write mqtt: {} or serial: {…}"))];
  }
  const findings: Finding[] = [];
  const link = device.mqtt === undefined ? "serial" : "mqtt";
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

/** Every output with its place. */
function outputsOf(config: GateConfig): readonly { readonly output: OutputConfig; readonly path: Path }[] {
  return config.lanes.flatMap((lane, l) =>
    Object.entries(lane.outputs).flatMap(([name, output]) =>
      output === undefined ? [] : [{ output, path: ["lanes", l, "outputs", name] }],
    ),
  );
}

function inputsOf(
  config: GateConfig,
): readonly { readonly input: InputConfig; readonly role: string; readonly path: Path }[] {
  return config.lanes.flatMap((lane, l) =>
    Object.entries(lane.inputs).flatMap(([role, input]) =>
      input === undefined ? [] : [{ input, role, path: ["lanes", l, "inputs", role] }],
    ),
  );
}

function outputsTwice(config: GateConfig): readonly Finding[] {
  const outputs = outputsOf(config);
  const shapes = outputs.flatMap(({ output, path }) => outputShape(output, path));
  const twice = [...grouped(outputs, ({ output }) => outputKey(output)).values()].flatMap((same) =>
    same
      .slice(1)
      .map(({ path }) =>
        error(
          "OUTPUT_TWICE",
          path,
          words("这个输出已经用在别处", "This output is already used elsewhere"),
          words(
            "每个动作接单独的继电器；一个按钮来回切换（点动循环）会把关变成开",
            "Give every command its own relay; a toggle turns close into open when it is out of step",
          ),
          "key",
        ),
      ),
  );
  return [...shapes, ...twice];
}

function outputShape(output: OutputConfig, path: Path): readonly Finding[] {
  const board = output.device !== undefined && output.channel !== undefined && output.command === undefined;
  const command = output.device !== undefined && output.command !== undefined && output.channel === undefined;
  const gpio = output.gpio !== undefined && output.device === undefined;
  if (
    [board, command, gpio].filter(Boolean).length !== 1 ||
    (gpio && (output.channel ?? output.command) !== undefined)
  ) {
    const message = words("输出要写清接在哪里", "An output must say where it hangs");
    const hint = words(
      "{ device, channel } 或 { device, command } 或 { gpio }，只用一种",
      "{ device, channel } or { device, command } or { gpio }, one of them",
    );
    return [error("CHOOSE_ONE", path, message, hint, "key")];
  }
  const findings: Finding[] = [];
  if (!gpio && output.activeLow !== undefined) {
    const message = words("activeLow 只用于 GPIO 输出", "activeLow is for GPIO outputs only");
    const hint = words("删除它；继电器板改接常开/常闭端子", "Remove it; use the relay's other terminal instead");
    findings.push(error("NOT_APPLICABLE", [...path, "activeLow"], message, hint, "key"));
  }
  if (command && output.pulseMs !== undefined) {
    const message = words("设备命令没有脉冲长度", "A device's command has no pulse length");
    const hint = words("删除 pulseMs，在设备上设置", "Remove pulseMs; it is set in the device");
    findings.push(error("NOT_APPLICABLE", [...path, "pulseMs"], message, hint, "key"));
  }
  return findings;
}

function outputKey(output: OutputConfig): string | undefined {
  if (output.gpio !== undefined) return `gpio ${output.gpio}`;
  if (output.device === undefined) return undefined;
  return `${output.device} ${output.channel ?? output.command}`;
}

function inputsTwice(config: GateConfig): readonly Finding[] {
  const inputs = inputsOf(config);
  const shapes = inputs.flatMap(({ input, path }) => inputShape(input, path));
  const twice = [...grouped(inputs, ({ input }) => inputKey(input)).values()].flatMap((same) => {
    const [first] = same;
    return same.slice(1).flatMap(({ path, role }) => {
      // One fire contact and one stop button may serve the whole entrance.
      if (first !== undefined && role === first.role && (role === "fire" || role === "stop")) return [];
      const message = words("这个输入已经用在别处", "This input is already used elsewhere");
      const hint = words(
        "每个触点接单独的输入（只有 fire、stop 可共用）",
        "One input per contact (only fire and stop may be shared)",
      );
      return [error("INPUT_TWICE", path, message, hint, "key")];
    });
  });
  return [...shapes, ...twice];
}

function inputShape(input: InputConfig, path: Path): readonly Finding[] {
  const board = input.device !== undefined && input.channel !== undefined && input.gpio === undefined;
  const gpio = input.gpio !== undefined && input.device === undefined && input.channel === undefined;
  if (board === gpio) {
    const message = words("输入要写清接在哪里", "An input must say where it hangs");
    const hint = words("{ device, channel } 或 { gpio }，只用一种", "{ device, channel } or { gpio }, one of them");
    return [error("CHOOSE_ONE", path, message, hint, "key")];
  }
  if (gpio || input.bias === undefined) return [];
  const message = words("bias 只用于 GPIO 输入", "bias is for GPIO inputs only");
  return [error("NOT_APPLICABLE", [...path, "bias"], message, words("删除它", "Remove it"), "key")];
}

function inputKey(input: InputConfig): string | undefined {
  if (input.gpio !== undefined) return `gpio ${input.gpio}`;
  return input.device === undefined ? undefined : `${input.device} ${input.channel}`;
}

/** A GPIO line can't be input and output at once. */
function linesTwice(config: GateConfig): readonly Finding[] {
  const lines = new Set(outputsOf(config).flatMap(({ output }) => (output.gpio === undefined ? [] : [output.gpio])));
  return inputsOf(config).flatMap(({ input, path }) => {
    if (input.gpio === undefined || !lines.has(input.gpio)) return [];
    const message = words(`GPIO ${input.gpio} 已经是输出`, `GPIO ${input.gpio} is an output already`);
    return [error("LINE_TWICE", [...path, "gpio"], message, words("换一根线", "Use another line"))];
  });
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

function unitsTwice(config: GateConfig): readonly Finding[] {
  const devices = config.devices.map((device, index) => ({ device, index }));
  const onLine = devices.filter(({ device }) => serialKey(device) !== undefined);
  const same = grouped(
    onLine,
    ({ device }) => `${serialKey(device)} ${device.params.unit ?? device.params.address ?? ""}`,
  );
  return [...same.values()].flatMap((sharing) =>
    sharing.slice(1).map(({ device, index }) => {
      const unit = device.params.unit;
      const message = words("同一串口上有两个设备地址相同", "Two devices on one serial line have the same address");
      const hint = words("给每个设备不同的 params.unit", "Give each device its own params.unit");
      return error(
        "SERIAL_UNIT_TWICE",
        ["devices", index, ...(unit === undefined ? [] : ["params", "unit"])],
        message,
        hint,
      );
    }),
  );
}

function usernamesTwice(config: GateConfig): readonly Finding[] {
  if (config.mqtt?.embedded === undefined) return [];
  const devices = config.devices.map((device, index) => ({ device, index }));
  const same = grouped(devices, ({ device }) => device.mqtt && (device.mqtt.username ?? device.id));
  return [...same.values()].flatMap((sharing) =>
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
