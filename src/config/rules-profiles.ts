/** What a device's profile asks of gate.yaml: its parameters and its commands. */
import { nearest } from "./nearest.ts";
import type { Finding } from "./problem.ts";
import { error, words } from "./problem.ts";
import type { ProfileBrief } from "./profiles.ts";
import type { DeviceConfig, GateConfig } from "./schema.ts";

/** Parameters that are missing, unknown or of the wrong kind; commands that a device doesn't have. */
export function profileFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  const briefOf = (device: DeviceConfig | undefined): ProfileBrief | undefined =>
    profiles.find((profile) => profile.id === device?.profile);
  return [
    ...config.devices.flatMap((device, index) => paramFindings(device, index, briefOf(device))),
    ...config.lanes.flatMap((lane, l) =>
      Object.entries(lane.outputs).flatMap(([name, output]) => {
        if (output?.command === undefined) return [];
        const brief = briefOf(config.devices.find((device) => device.id === output.device));
        return commandFindings(output.command, name, ["lanes", l, "outputs", name, "command"], brief);
      }),
    ),
  ];
}

function paramFindings(device: DeviceConfig, index: number, brief: ProfileBrief | undefined): readonly Finding[] {
  const params = brief?.params;
  if (params === undefined) return [];
  const names = Object.keys(params);
  const missing = names.flatMap((name) => {
    if (params[name]?.required !== true || device.params[name] !== undefined) return [];
    const message = words(
      `档案 ${device.profile} 需要参数 ${name}`,
      `Profile ${device.profile} needs the parameter ${name}`,
    );
    const hint = words(`加上 params: { ${name}: … }`, `Add params: { ${name}: … }`);
    return [error("PARAM_MISSING", ["devices", index, "params", name], message, hint)];
  });
  const given = Object.entries(device.params).flatMap(([name, value]) => {
    const path = ["devices", index, "params", name];
    const known = Object.hasOwn(params, name) ? params[name] : undefined;
    if (known === undefined) {
      const near = nearest(name, names);
      const message = words(`档案没有参数“${name}”`, `The profile has no parameter \`${name}\``);
      const list = names.join(", ") || "–";
      const hint =
        near === undefined
          ? words(`可用：${list}`, `Known: ${list}`)
          : words(`是不是想写 ${near}？`, `Did you mean ${near}?`);
      return [error("PARAM_UNKNOWN", path, message, hint, "key")];
    }
    if ((known.type === "number") === (typeof value === "number")) return [];
    const text = known.type === "text";
    const message = text
      ? words("这个参数是文字", "This parameter is a text")
      : words("这个参数是数字", "This parameter is a number");
    const hint = text
      ? words("加上引号，否则前面的 0 会丢", "Put it in quotes, else leading zeros are lost")
      : words("去掉引号", "Remove the quotes");
    return [error("WRONG_TYPE", path, message, hint)];
  });
  return [...missing, ...given];
}

function commandFindings(
  command: string,
  output: string,
  path: readonly (string | number)[],
  brief: ProfileBrief | undefined,
): readonly Finding[] {
  const commands = brief?.commands;
  if (commands === undefined) return [];
  const moves = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (moves === undefined) {
    const near = nearest(command, Object.keys(commands));
    const list = Object.keys(commands).join(", ") || "–";
    const message = words(`设备没有命令“${command}”`, `The device has no command \`${command}\``);
    const hint =
      near === undefined
        ? words(`可用：${list}`, `Known: ${list}`)
        : words(`是不是想写 ${near}？`, `Did you mean ${near}?`);
    return [error("COMMAND_UNKNOWN", path, message, hint)];
  }
  if (moves === output) return [];
  const message = words(`命令“${command}”不是用来 ${output} 的`, `The command \`${command}\` does not ${output}`);
  const fitting = Object.keys(commands).filter((name) => commands[name] === output);
  const list = fitting.join(", ") || "–";
  return [error("COMMAND_WRONG", path, message, words(`可用：${list}`, `Fitting: ${list}`))];
}
