/** Settings that are allowed and dangerous, or allowed and pointless: warnings. */

import { wiredRoles } from "./plan.ts";
import type { Finding, Path } from "./problem.ts";
import { warning, words } from "./problem.ts";
import type { ProfileBrief } from "./profiles.ts";
import type { GateConfig, LaneConfig } from "./schema.ts";
import { GUARD_ROLES } from "./schema-lane.ts";

/** Every warning. */
export function dangerFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  return [
    ...exposed(config),
    ...config.lanes.flatMap((lane, index) => laneDangers(lane, ["lanes", index], profiles, config)),
    ...unused(config),
  ];
}

/** Whether an address can be reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

function exposed(config: GateConfig): readonly Finding[] {
  const findings: Finding[] = [];
  if (!isLoopback(config.page.host) && config.page.tls === undefined) {
    const message = words("岗亭页面对网络开放，没有加密", "The guard page is open to the network, unencrypted");
    const hint = words(
      "写 page.tls: auto，由本机生成证书；否则只接到岗亭自己的网段",
      "Write page.tls: auto, and the gate makes its own certificate; else keep it on the booth's own network",
    );
    findings.push(warning("PAGE_EXPOSED", ["page", "host"], message, hint));
  }
  const embedded = config.mqtt?.embedded;
  if (embedded !== undefined && !isLoopback(embedded.host) && embedded.tls === undefined) {
    const message = words("MQTT 密码在网络上明文传输", "MQTT passwords cross the network in the clear");
    const hint = words(
      "设备支持时加上 tls；不支持时用独立网段",
      "Add tls where devices can; else give them their own network",
    );
    findings.push(warning("BROKER_EXPOSED", ["mqtt", "embedded", "host"], message, hint));
  }
  const external = config.mqtt?.external;
  if (
    external?.url.startsWith("mqtt://") &&
    !isLoopback(external.url.replace(/^mqtt:\/\/\[?|\]?(:\d+)?(\/.*)?$/g, ""))
  ) {
    const message = words("外部 MQTT 没有加密", "The external broker is reached unencrypted");
    findings.push(
      warning("BROKER_EXPOSED", ["mqtt", "external", "url"], message, words("改用 mqtts://", "Use mqtts://")),
    );
  }
  if (config.clock.trust === "trusted" && !config.simulation) {
    const message = words("不检查就相信时钟", "The clock is trusted without asking");
    const hint = words(
      "没有时钟电池时断电后时间会错；建议 auto",
      "Without a clock battery time is wrong after a power cut; auto is better",
    );
    findings.push(warning("CLOCK_TRUSTED_BLINDLY", ["clock", "trust"], message, hint));
  }
  return findings;
}

function laneDangers(
  lane: LaneConfig,
  path: Path,
  profiles: readonly ProfileBrief[],
  config: GateConfig,
): readonly Finding[] {
  return [
    ...guardsLeftOut(lane, path),
    ...positionUnknown(lane, path),
    ...longPulses(lane, path),
    ...lane.accessPoints.flatMap((point, index) => {
      const at: Path = [...path, "accessPoints", index];
      const findings: Finding[] = [];
      if (point.freshSeconds > 5) {
        const message = words("事件有效期很长", "Old events may open");
        findings.push(warning("FRESH_LONG", [...at, "freshSeconds"], message, words("建议 3 秒", "3 s is usual")));
      }
      if (point.minConfidence < 0.6) {
        const message = words("最低置信度很低，容易认错", "So low a confidence takes one person for another");
        findings.push(
          warning("CONFIDENCE_LOW", [...at, "minConfidence"], message, words("建议至少 0.8", "0.8 or more")),
        );
      }
      const readers = point.readers.map((id) => config.devices.find((device) => device.id === id));
      const briefs = readers.flatMap((device) => profiles.find((brief) => brief.id === device?.profile) ?? []);
      const claims = briefs.flatMap((brief) => brief.claims);
      if (briefs.some((brief) => brief.noLiveness === true) && point.liveness !== "required") {
        const message = words(
          "这里的人脸识别没有活体检测，打印的照片也能通过",
          "Faces are recognised here without a liveness check: a printed photo can match",
        );
        const hint = words(
          "写 liveness: required（不凭人脸放行），或要求第二凭证",
          "Write liveness: required (its faces open nothing), or ask for a second credential",
        );
        findings.push(warning("PHOTO_OPENS", [...at, "readers"], message, hint));
      }
      const faceOnly = claims.includes("face") && claims.every((type) => type === "face");
      const button = point.direction === "out" && lane.inputs["request-to-exit"] !== undefined;
      if (faceOnly && !button) {
        const message = words("这里只有人脸一种方式", "Faces are the only way here");
        const hint = words(
          "另加刷卡、二维码或车牌设备，或确认终端可刷卡（第十条）",
          "Add a card, code or plate reader, or see that the terminal takes cards (Order 19, art. 10)",
        );
        findings.push(warning("FACE_ONLY", [...at, "readers"], message, hint));
      }
      return findings;
    }),
  ];
}

function guardsLeftOut(lane: LaneConfig, path: Path): readonly Finding[] {
  if (lane.outputs.close === undefined || lane.guards === undefined) return [];
  const guards = lane.guards;
  const left = GUARD_ROLES.filter((role) => lane.inputs[role] !== undefined && !guards.includes(role));
  if (left.length === 0) return [];
  const message = words(
    `${left.join("、")} 已接线，但关杆前不检查`,
    `${left.join(", ")} wired but not watched before a close`,
  );
  const hint = words("删除 guards 则全部检查", "Without guards all of them are watched");
  return [warning("GUARD_LEFT_OUT", [...path, "guards"], message, hint)];
}

function positionUnknown(lane: LaneConfig, path: Path): readonly Finding[] {
  if (lane.kind !== "vehicle") return [];
  const roles = wiredRoles(lane);
  if (roles.includes("limit-open") || roles.includes("limit-closed")) return [];
  const message = words("没有到位信号，看不到杆在哪里", "Without a limit contact nobody knows where the arm is");
  const hint = words("接上 limit-open 和 limit-closed", "Wire limit-open and limit-closed");
  return [warning("POSITION_UNKNOWN", [...path, "inputs"], message, hint)];
}

function longPulses(lane: LaneConfig, path: Path): readonly Finding[] {
  const long = Object.entries(lane.outputs).filter(([, output]) => (output?.pulseMs ?? 0) > 3000);
  const pulses = long.map(([name]) => {
    const message = words("脉冲很长，有的道闸会当成常开", "A pulse this long is locked-open to some operators");
    return warning("PULSE_LONG", [...path, "outputs", name, "pulseMs"], message, words("通常 500", "500 is usual"));
  });
  if (lane.maxLockedOpenMinutes <= 240) return pulses;
  const message = words("常开可能超过四小时", "Locked-open may last more than four hours");
  const hint = words("建议 60 分钟", "60 minutes is usual");
  return [...pulses, warning("LOCKED_OPEN_LONG", [...path, "maxLockedOpenMinutes"], message, hint)];
}

function unused(config: GateConfig): readonly Finding[] {
  const named = new Set([
    ...config.lanes.flatMap((lane) => [
      ...Object.values(lane.outputs).flatMap((output) => output?.device ?? []),
      ...Object.values(lane.inputs).flatMap((input) => input?.device ?? []),
      ...lane.accessPoints.flatMap((point) => [
        ...point.readers,
        ...(point.feedback === undefined ? [] : [point.feedback.device]),
      ]),
    ]),
  ]);
  const reachable = new Set(
    config.accessLevels.flatMap(({ accessPoints }) => (accessPoints === "all" ? [] : accessPoints)),
  );
  const everywhere = config.accessLevels.some(({ accessPoints }) => accessPoints === "all");
  const times = new Set(config.accessLevels.map((level) => level.timeProfile));
  const idle = words("没有被用到", "Nothing uses it");
  return [
    ...config.devices.flatMap((device, index) =>
      named.has(device.id)
        ? []
        : [
            warning(
              "UNUSED",
              ["devices", index, "id"],
              idle,
              words("在通道里引用它，或删除", "Name it in a lane, or remove it"),
            ),
          ],
    ),
    ...config.timeProfiles.flatMap((profile, index) =>
      times.has(profile.id)
        ? []
        : [
            warning(
              "UNUSED",
              ["timeProfiles", index, "id"],
              idle,
              words("在权限组里引用它，或删除", "Name it in an access level, or remove it"),
            ),
          ],
    ),
    ...config.lanes.flatMap((lane, l) =>
      lane.accessPoints.flatMap(({ readers }, p) => {
        if (readers.length > 0) return [];
        const message = words(
          "没有识别设备：在这里谁也认不出来，只有门卫能放行",
          "No reader: nobody is recognised here, only the guard can let people pass",
        );
        const hint = words("写上终端、相机或读头的 id", "Name the terminal, camera or reader by its id");
        return [warning("READERS_EMPTY", ["lanes", l, "accessPoints", p, "readers"], message, hint)];
      }),
    ),
    ...config.lanes.flatMap((lane, l) =>
      lane.accessPoints.flatMap((point, p) => {
        if (everywhere || reachable.has(point.id)) return [];
        const message = words("没有权限组包含它，谁也进不来", "No access level names it: nobody can pass here");
        const hint = words("加到某个 accessLevels 里", "Add it to one of accessLevels");
        return [warning("UNUSED", ["lanes", l, "accessPoints", p, "id"], message, hint)];
      }),
    ),
  ];
}
