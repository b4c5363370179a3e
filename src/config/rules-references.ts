/** Names that must exist, and names that must not exist twice. */
import { grouped } from "./grouped.ts";
import { nearest } from "./nearest.ts";
import type { Finding, Path, ProblemCode, Words } from "./problem.ts";
import { error, words } from "./problem.ts";
import type { ProfileBrief } from "./profiles.ts";
import type { GateConfig } from "./schema.ts";

interface Named {
  readonly id: string;
  readonly path: Path;
}

/** Every broken reference and every id that is used twice. */
export function referenceFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  return [...duplicates(config), ...unknownNames(config, profiles)];
}

function namedThings(config: GateConfig): readonly (readonly [Words, readonly Named[]])[] {
  const at = (list: string, items: readonly { readonly id: string }[]): readonly Named[] =>
    items.map((item, index) => ({ id: item.id, path: [list, index, "id"] }));
  const points = config.lanes.flatMap((lane, l) =>
    lane.accessPoints.map((point, p) => ({ id: point.id, path: ["lanes", l, "accessPoints", p, "id"] })),
  );
  return [
    [words("设备", "device"), at("devices", config.devices)],
    [words("通道", "lane"), at("lanes", config.lanes)],
    [words("出入点", "access point"), points],
    [words("区域", "area"), at("areas", config.areas)],
    [words("权限组", "access level"), at("accessLevels", config.accessLevels)],
    [words("时间表", "time profile"), at("timeProfiles", config.timeProfiles)],
  ];
}

function duplicates(config: GateConfig): readonly Finding[] {
  return namedThings(config).flatMap(([kind, things]) =>
    [...grouped(things, (thing) => thing.id).values()].flatMap((same) =>
      same
        .slice(1)
        .map(({ id, path }) =>
          error(
            "DUPLICATE_ID",
            path,
            words(`${kind.zh}“${id}”已经有了`, `There already is a ${kind.en} \`${id}\``),
            words("换一个不同的 id", "Give it another id"),
          ),
        ),
    ),
  );
}

/** Nothing when `id` is known; else one finding with the nearest known name. */
function refer(code: ProblemCode, kind: Words, id: string, known: readonly string[], path: Path): readonly Finding[] {
  if (known.includes(id)) return [];
  const near = nearest(id, known);
  const list = known.length === 0 ? words("（无）", "(none)") : words(known.join(", "), known.join(", "));
  const hint =
    near === undefined
      ? words(`已有：${list.zh}`, `There are: ${list.en}`)
      : words(`是不是想写 ${near}？`, `Did you mean ${near}?`);
  return [error(code, path, words(`没有${kind.zh}“${id}”`, `There is no ${kind.en} \`${id}\``), hint)];
}

function unknownNames(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  const profileIds = profiles.map((profile) => profile.id).sort();
  const wrongKind = (id: string, linked: boolean, path: Path): readonly Finding[] => {
    const brief = profiles.find((profile) => profile.id === id);
    if (brief === undefined || (brief.link !== undefined) === linked) return [];
    const fitting = profiles.filter((profile) => (profile.link !== undefined) === linked).map((profile) => profile.id);
    const message = linked
      ? words(`“${id}”是道闸档案，不是设备`, `\`${id}\` describes a barrier, not a device`)
      : words(`“${id}”是设备档案，不是道闸`, `\`${id}\` describes a device, not a barrier`);
    const list = fitting.join(", ") || "–";
    return [error("PROFILE_WRONG_KIND", path, message, words(`可用：${list}`, `Fitting: ${list}`))];
  };
  const profileWords = words("设备档案", "device profile");
  const times = config.timeProfiles.map((profile) => profile.id);
  const points = config.lanes.flatMap((lane) => lane.accessPoints.map((point) => point.id));
  return [
    ...config.devices.flatMap((device, d) => [
      ...refer("UNKNOWN_PROFILE", profileWords, device.profile, profileIds, ["devices", d, "profile"]),
      ...wrongKind(device.profile, true, ["devices", d, "profile"]),
    ]),
    ...config.lanes.flatMap((lane, l) => [
      ...(lane.barrier === undefined
        ? []
        : [
            ...refer("UNKNOWN_PROFILE", profileWords, lane.barrier.profile, profileIds, [
              "lanes",
              l,
              "barrier",
              "profile",
            ]),
            ...wrongKind(lane.barrier.profile, false, ["lanes", l, "barrier", "profile"]),
          ]),
      ...laneReferences(config, l),
    ]),
    ...config.accessLevels.flatMap((level, i) => [
      ...(level.accessPoints === "all"
        ? []
        : level.accessPoints.flatMap((id, p) =>
            refer("UNKNOWN_ACCESS_POINT", words("出入点", "access point"), id, points, [
              "accessLevels",
              i,
              "accessPoints",
              p,
            ]),
          )),
      ...(level.timeProfile === undefined
        ? []
        : refer("UNKNOWN_TIME_PROFILE", words("时间表", "time profile"), level.timeProfile, times, [
            "accessLevels",
            i,
            "timeProfile",
          ])),
    ]),
  ];
}

function laneReferences(config: GateConfig, index: number): readonly Finding[] {
  const lane = config.lanes[index];
  if (lane === undefined) return [];
  const devices = config.devices.map((device) => device.id);
  const areas = config.areas.map((area) => area.id);
  const device = words("设备", "device");
  const area = words("区域", "area");
  const wired = [
    ...Object.entries(lane.outputs).map(([name, output]) => ({ id: output?.device, group: "outputs", name })),
    ...Object.entries(lane.inputs).map(([name, input]) => ({ id: input?.device, group: "inputs", name })),
  ];
  return [
    ...wired.flatMap(({ id, group, name }) =>
      id === undefined ? [] : refer("UNKNOWN_DEVICE", device, id, devices, ["lanes", index, group, name, "device"]),
    ),
    ...lane.accessPoints.flatMap((point, p) => {
      const path = ["lanes", index, "accessPoints", p];
      return [
        ...point.readers.flatMap((id, r) => refer("UNKNOWN_DEVICE", device, id, devices, [...path, "readers", r])),
        ...(point.feedback === undefined
          ? []
          : refer("UNKNOWN_DEVICE", device, point.feedback.device, devices, [...path, "feedback", "device"])),
        ...(point.from === undefined ? [] : refer("UNKNOWN_AREA", area, point.from, areas, [...path, "from"])),
        ...(point.to === undefined ? [] : refer("UNKNOWN_AREA", area, point.to, areas, [...path, "to"])),
      ];
    }),
  ];
}
