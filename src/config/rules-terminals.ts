/** Rules about terminals that hold faces, and about what is shown or said at an access point. */
import { nearest } from "./nearest.ts";
import type { Finding, Path } from "./problem.ts";
import { error, words } from "./problem.ts";
import type { ProfileBrief } from "./profiles.ts";
import type { GateConfig } from "./schema.ts";
import { serialKey } from "./wiring.ts";

export function terminalFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  return [...enrolFindings(config, profiles), ...feedbackFindings(config, profiles)];
}

function enrolFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  const read = new Set(config.lanes.flatMap((lane) => lane.accessPoints.flatMap((point) => point.readers)));
  return config.devices.flatMap((device, index) => {
    if (!device.enrol) return [];
    const path: Path = ["devices", index, "enrol"];
    const brief = profiles.find((profile) => profile.id === device.profile);
    if (brief !== undefined && brief.roster !== true) {
      const message = words("这种设备不能由我们管理人脸", "Faces of this kind of device can't be managed from here");
      return [error("NOT_APPLICABLE", path, message, words("删除 enrol", "Remove enrol"), "key")];
    }
    if (read.has(device.id)) return [];
    const message = words(
      "没有出入点用这台终端：名单上没有人能在这里通行，它会被清空",
      "No access point reads here: nobody on the list may pass, so that it would be emptied",
    );
    const hint = words(
      "把它写进某个出入点的 readers，或删除 enrol",
      "Put it among the readers of one, or remove enrol",
    );
    return [error("NOT_APPLICABLE", path, message, hint, "key")];
  });
}

const MOMENTS = ["onGranted", "onRefused"] as const;

function feedbackFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  const lines = new Set(
    config.lanes
      .flatMap((lane) => Object.values(lane.outputs).map((output) => output?.device))
      .flatMap((id) => config.devices.filter((device) => device.id === id).map(serialKey)),
  );
  return config.lanes.flatMap((lane, l) =>
    lane.accessPoints.flatMap(({ feedback }, p) => {
      const device = config.devices.find((one) => one.id === feedback?.device);
      if (feedback === undefined || device === undefined) return [];
      const path: Path = ["lanes", l, "accessPoints", p, "feedback"];
      const key = serialKey(device);
      const commands = profiles.find((profile) => profile.id === device.profile)?.commands;
      return [
        ...(key !== undefined && lines.has(key) ? [sharedLine([...path, "device"])] : []),
        ...MOMENTS.flatMap((moment) => {
          const name = feedback[moment]?.command;
          return name === undefined || commands === undefined
            ? []
            : wrongCommand(name, commands, [...path, moment, "command"]);
        }),
      ];
    }),
  );
}

function sharedLine(path: Path): Finding {
  const message = words(
    "它和开门的板子在同一条串口线上，播报会拖慢开门",
    "It shares its line with a board that opens: each text would keep an opening waiting",
  );
  return error("SERIAL_CONFLICT", path, message, words("给它单独一条线", "Give it a line of its own"));
}

function wrongCommand(name: string, commands: Readonly<Record<string, string>>, path: Path): readonly Finding[] {
  const fitting = Object.keys(commands).filter((one) => commands[one] === "none");
  const list = fitting.join(", ") || "–";
  if (Object.hasOwn(commands, name)) {
    if (commands[name] === "none") return [];
    const message = words(`命令“${name}”会动道闸`, `The command \`${name}\` moves a barrier`);
    return [error("COMMAND_WRONG", path, message, words(`可用：${list}`, `Fitting: ${list}`))];
  }
  const near = nearest(name, fitting);
  const message = words(`设备没有命令“${name}”`, `The device has no command \`${name}\``);
  const hint =
    near === undefined
      ? words(`可用：${list}`, `Known: ${list}`)
      : words(`是不是想写 ${near}？`, `Did you mean ${near}?`);
  return [error("COMMAND_UNKNOWN", path, message, hint)];
}
