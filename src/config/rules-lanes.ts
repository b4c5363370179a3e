/** Rules about lanes, access points and times that make no sense or could hurt somebody. */
import { grouped } from "./grouped.ts";
import { barrierDefaults, guardsOf, laneTimes } from "./plan.ts";
import type { Finding, Path } from "./problem.ts";
import { error, words } from "./problem.ts";
import type { ProfileBrief, ProfileDefaultsOf } from "./profiles.ts";
import type { AccessPointConfig, GateConfig, LaneConfig } from "./schema.ts";

/** Every contradiction in lanes, areas and times. */
export function laneFindings(
  config: GateConfig,
  profiles: readonly ProfileBrief[],
  profileDefaults: ProfileDefaultsOf,
): readonly Finding[] {
  return [
    ...timezone(config),
    ...config.lanes.flatMap((lane, index) => [
      ...outputsOfKind(lane, index),
      ...guards(lane, index),
      ...times(lane, index, profileDefaults),
      ...lane.accessPoints.flatMap((point, p) => pointFindings(point, ["lanes", index, "accessPoints", p])),
    ]),
    ...readersTwice(config),
    ...interlockAlone(config),
    ...areasTimed(config),
    ...profileTimes(config),
    ...purposes(config, profiles),
  ];
}

function timezone({ site }: GateConfig): readonly Finding[] {
  try {
    new Intl.DateTimeFormat("en", { timeZone: site.timezone });
    return [];
  } catch {
    const message = words(`没有时区“${site.timezone}”`, `There is no time zone \`${site.timezone}\``);
    const hint = words("中国用 Asia/Shanghai", "China uses Asia/Shanghai");
    return [error("TIMEZONE_UNKNOWN", ["site", "timezone"], message, hint)];
  }
}

function outputsOfKind(lane: LaneConfig, index: number): readonly Finding[] {
  const path: Path = ["lanes", index];
  if (lane.kind !== "monitored") {
    if (lane.outputs.open !== undefined) return [];
    const message = words(`通道“${lane.name}”没有开的输出`, `Lane \`${lane.id}\` has no output that opens it`);
    const hint = words("加上 outputs.open，或把 kind 改成 monitored", "Add outputs.open, or make it kind: monitored");
    return [error("OPEN_MISSING", [...path, "outputs"], message, hint, "key")];
  }
  const findings: Finding[] = [];
  if (Object.values(lane.outputs).some((output) => output !== undefined)) {
    const message = words("仅监测的通道不能有输出", "A monitored lane has no outputs");
    const hint = words("删除 outputs，或把 kind 改成 pedestrian", "Remove outputs, or make it kind: pedestrian");
    findings.push(error("MONITORED_WITH_OUTPUT", [...path, "outputs"], message, hint, "key"));
  }
  if (lane.inputs["door-contact"] === undefined && lane.inputs["limit-closed"] === undefined) {
    const message = words("仅监测的通道没有门磁，什么也看不到", "A monitored lane without a contact sees nothing");
    const hint = words("加上 inputs.door-contact", "Add inputs.door-contact");
    findings.push(error("MONITORED_WITHOUT_CONTACT", [...path, "inputs"], message, hint, "key"));
  }
  return findings;
}

function guards(lane: LaneConfig, index: number): readonly Finding[] {
  const path: Path = ["lanes", index];
  const unwired = (lane.guards ?? []).flatMap((role, g) => {
    if (lane.inputs[role] !== undefined) return [];
    const message = words(`防砸输入 ${role} 没有接线`, `Guard ${role} is not wired`);
    const hint = words(`在 inputs 里加上 ${role}，或从 guards 删除`, `Add ${role} to inputs, or remove it from guards`);
    return [error("GUARD_NOT_WIRED", [...path, "guards", g], message, hint)];
  });
  if (lane.outputs.close === undefined || guardsOf(lane).length > 0) return unwired;
  const message = words("能关杆却没有任何防砸输入", "This lane can close and nothing watches below the arm");
  const hint = words(
    "接上 safety-loop、photocell 或 radar；没有就删除 outputs.close，让道闸自己关",
    "Wire safety-loop, photocell or radar; without one remove outputs.close and let the operator close by itself",
  );
  return [...unwired, error("CLOSE_UNGUARDED", [...path, "outputs", "close"], message, hint, "key")];
}

function times(lane: LaneConfig, index: number, profileDefaults: ProfileDefaultsOf): readonly Finding[] {
  const all = laneTimes(lane, barrierDefaults(lane, profileDefaults));
  const path: Path = ["lanes", index, "times"];
  const findings: Finding[] = [];
  if (all.longAccessMs < all.accessMs) {
    const message = words("longAccessMs 比 accessMs 短", "longAccessMs is shorter than accessMs");
    const hint = words(`至少 ${all.accessMs}`, `At least ${all.accessMs}`);
    findings.push(error("TIMES_CONTRADICT", [...path, "longAccessMs"], message, hint));
  }
  if (all.preAlarmMs >= all.heldMs) {
    const message = words("preAlarmMs 要小于 heldMs", "preAlarmMs must be less than heldMs");
    const hint = words(`小于 ${all.heldMs}`, `Less than ${all.heldMs}`);
    findings.push(error("TIMES_CONTRADICT", [...path, "preAlarmMs"], message, hint));
  }
  return findings;
}

function pointFindings(point: AccessPointConfig, path: Path): readonly Finding[] {
  const findings: Finding[] = [];
  if (point.from !== undefined && point.from === point.to) {
    const message = words("离开和进入的是同一区域", "from and to are the same area");
    findings.push(
      error("AREA_SAME", [...path, "to"], message, words("外面就不写", "Leave out the one that is outside")),
    );
  }
  if (point.plateMaxMs < point.plateQuietMs) {
    const message = words("plateMaxMs 比 plateQuietMs 短", "plateMaxMs is shorter than plateQuietMs");
    const hint = words(`plateMaxMs 至少 ${point.plateQuietMs}`, `plateMaxMs at least ${point.plateQuietMs}`);
    findings.push(error("TIMES_CONTRADICT", [...path, "plateQuietMs"], message, hint));
  }
  return findings;
}

/** A reader may serve both directions of one lane, never two lanes or one direction twice. */
function readersTwice(config: GateConfig): readonly Finding[] {
  const uses = config.lanes.flatMap((lane, l) =>
    lane.accessPoints.flatMap((point, p) =>
      point.readers.map((reader, r) => ({
        reader,
        lane: lane.id,
        direction: point.direction,
        path: ["lanes", l, "accessPoints", p, "readers", r],
      })),
    ),
  );
  return [...grouped(uses, (use) => use.reader).values()].flatMap((same) => {
    const [first] = same;
    return same.slice(1).flatMap(({ lane, direction, path, reader }, later) => {
      if (later === 0 && lane === first?.lane && direction !== first.direction) return [];
      const message = words(`设备“${reader}”已经属于另一个出入点`, `Reader \`${reader}\` already belongs elsewhere`);
      const hint = words(
        "一个设备只能服务一个通道，最多进出各一",
        "One device serves one lane, at most once in and once out",
      );
      return [error("READER_TWICE", path, message, hint)];
    });
  });
}

function interlockAlone(config: GateConfig): readonly Finding[] {
  const lanes = config.lanes.map((lane, index) => ({ lane, index }));
  return [...grouped(lanes, ({ lane }) => lane.interlock).entries()].flatMap(([group, members]) => {
    const [only] = members;
    if (members.length > 1 || only === undefined) return [];
    const message = words(`互锁组“${group}”只有一个通道`, `Interlock group \`${group}\` has only one lane`);
    const hint = words(
      "再加一个通道，或删除 interlock（检查拼写）",
      "Add a second lane, or remove interlock (spelling?)",
    );
    return [error("INTERLOCK_ALONE", ["lanes", only.index, "interlock"], message, hint)];
  });
}

function areasTimed(config: GateConfig): readonly Finding[] {
  return config.areas.flatMap((area, index) => {
    const path: Path = ["areas", index];
    if (area.antiPassback === "timed" && area.timedMinutes === undefined) {
      const message = words("timed 需要 timedMinutes", "timed needs timedMinutes");
      const hint = words("加上 timedMinutes: 10", "Add timedMinutes: 10");
      return [error("KEY_MISSING", [...path, "timedMinutes"], message, hint)];
    }
    if (area.antiPassback === "timed" || area.timedMinutes === undefined) return [];
    const message = words("timedMinutes 只用于 timed", "timedMinutes is for timed only");
    const hint = words("删除它，或写 antiPassback: timed", "Remove it, or write antiPassback: timed");
    return [error("NOT_APPLICABLE", [...path, "timedMinutes"], message, hint, "key")];
  });
}

function profileTimes(config: GateConfig): readonly Finding[] {
  return config.timeProfiles.flatMap((profile, index) => {
    const path: Path = ["timeProfiles", index];
    const windows = profile.windows.flatMap((window, w) => {
      if (window.from !== "24:00" && window.from !== window.until) return [];
      const message = words("开始时间不对", "This window can't begin here");
      const hint = words("全天写 00:00 到 24:00", "For the whole day write 00:00 until 24:00");
      return [error("TIMES_CONTRADICT", [...path, "windows", w, "from"], message, hint)];
    });
    const { firstDate, lastDate } = profile;
    if (firstDate === undefined || lastDate === undefined || firstDate <= lastDate) return windows;
    const message = words("lastDate 早于 firstDate", "lastDate is before firstDate");
    return [
      ...windows,
      error("DATES_CONTRADICT", [...path, "lastDate"], message, words("交换两个日期", "Swap the dates")),
    ];
  });
}

function purposes(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  return config.devices.flatMap((device, index) => {
    if (device.purpose !== undefined) return [];
    if (profiles.find((profile) => profile.id === device.profile)?.claims.includes("face") !== true) return [];
    const message = words(
      `人脸设备“${device.id}”没有写用途`,
      `Reader \`${device.id}\` uses faces and states no purpose`,
    );
    const hint = words(
      "加上 purpose:（人脸识别技术应用安全管理办法第四条）",
      "Add purpose: (Order 19 on face recognition, art. 4)",
    );
    return [error("PURPOSE_MISSING", ["devices", index, "purpose"], message, hint)];
  });
}
