/** Rules about devices that we call over HTTP: whether they can be called, and how the password is kept. */
import type { Finding, Path } from "./problem.ts";
import { error, warning, words } from "./problem.ts";
import type { ProfileBrief } from "./profiles.ts";
import type { DeviceConfig, GateConfig } from "./schema.ts";

/** Whether it calls us, by what is written of it: one that is only called needs no secret of its own. */
export const isPushing = ({ http }: DeviceConfig): boolean =>
  http !== undefined &&
  (http.call === undefined || http.by === "address" || (http.secret ?? http.secretFile) !== undefined);

export function callFindings(config: GateConfig, profiles: readonly ProfileBrief[]): readonly Finding[] {
  return config.devices.flatMap((device, index) => {
    const path: Path = ["devices", index];
    const brief = profiles.find((profile) => profile.id === device.profile);
    const call = device.http?.call;
    if (call === undefined) return brief === undefined ? [] : uncalled(config, device, brief, path);
    return [...trusted(device, [...path, "http", "call"]), ...fitting(config, device, brief, path)];
  });
}

function fitting(
  { simulation }: GateConfig,
  device: DeviceConfig,
  brief: ProfileBrief | undefined,
  path: Path,
): readonly Finding[] {
  const call = device.http?.call;
  const at: Path = [...path, "http", "call"];
  if (call?.password !== undefined && !simulation) {
    const message = words("正式配置里不能直接写密码", "A real configuration holds no password");
    const hint = words(
      `把它移到文件里，写 passwordFile: secrets/${device.id}-call，并更换密码`,
      `Move it to a file, write passwordFile: secrets/${device.id}-call, and change the password`,
    );
    return [error("SECRET_INLINE", [...at, "password"], message, hint, "key")];
  }
  if (brief?.link !== "http") return [];
  if (brief.calls === undefined) {
    const message = words("这种设备不能由我们调用", "This kind of device can't be called");
    return [error("NOT_APPLICABLE", at, message, words("删除 call", "Remove call"), "key")];
  }
  const findings: Finding[] = [];
  if (brief.calls.password && (call?.password ?? call?.passwordFile) === undefined) {
    const message = words(`没有设备“${device.id}”自己的密码`, `The password of \`${device.id}\` itself is missing`);
    const hint = words(`加上 passwordFile: secrets/${device.id}-call`, `Add passwordFile: secrets/${device.id}-call`);
    findings.push(error("SECRET_MISSING", at, message, hint, "key"));
  }
  if (brief.pushes === true && !isPushing(device)) {
    const message = words(
      `设备“${device.id}”也会推送，但没有密钥`,
      `Device \`${device.id}\` calls us too, but has no secret`,
    );
    const hint = words(`加上 secretFile: secrets/${device.id}`, `Add secretFile: secrets/${device.id}`);
    findings.push(error("SECRET_MISSING", [...path, "http"], message, hint, "key"));
  }
  return findings;
}

function trusted({ http }: DeviceConfig, path: Path): readonly Finding[] {
  const { url = "", caFile } = http?.call ?? {};
  const encrypted = url.startsWith("https:");
  if (encrypted && caFile === undefined) {
    const message = words("没有写只信任哪张证书", "It isn't said which certificate is believed");
    const hint = words(
      "加上 caFile: 设备的证书，或签发它的 CA",
      "Add caFile: the device's certificate, or the authority that signed it",
    );
    return [error("CALL_CA_MISSING", [...path, "url"], message, hint)];
  }
  if (!encrypted && caFile !== undefined) {
    const message = words("没有加密就用不上证书", "Without encryption there is no certificate");
    return [
      error("NOT_APPLICABLE", [...path, "caFile"], message, words("把 url 改成 https://", "Write https://"), "key"),
    ];
  }
  if (encrypted || /^http:\/\/(?:127\.|localhost\b|\[::1\])/.test(url)) return [];
  const message = words("设备的密码在网络上明文传输", "The device's password crosses the network in the clear");
  const hint = words(
    "设备支持时用 https:// 和 caFile；不支持时用独立网段",
    "https:// and caFile where it can; else give it a network of its own",
  );
  return [warning("CALL_EXPOSED", [...path, "url"], message, hint)];
}

/** It is wanted for what is a request to it, and nobody says where it is. */
function uncalled(config: GateConfig, device: DeviceConfig, brief: ProfileBrief, path: Path): readonly Finding[] {
  const called = brief.called ?? [];
  if (called.length === 0) return [];
  const outputs = config.lanes.flatMap((lane) => Object.values(lane.outputs));
  const sayings = config.lanes.flatMap((lane) => lane.accessPoints.map(({ feedback }) => feedback));
  const wanted = [
    ...outputs.map((output) => (output?.device === device.id ? (output.command ?? "pulse") : undefined)),
    ...sayings.flatMap((saying) =>
      saying?.device === device.id ? [saying.onGranted?.command, saying.onRefused?.command] : [],
    ),
  ].filter((name) => name !== undefined && called.includes(name));
  if (wanted.length === 0 && !(device.enrol && brief.roster === true)) return [];
  const message = words(
    `没有写设备“${device.id}”的地址和密码，调用不了它`,
    `Device \`${device.id}\` must be called, and its address isn't known`,
  );
  const hint = words(
    `在 http 里加上 call: { url: http://…, passwordFile: secrets/${device.id}-call }`,
    `Add call: { url: http://…, passwordFile: secrets/${device.id}-call } to http`,
  );
  return [error("CALL_MISSING", [...path, device.http === undefined ? "profile" : "http"], message, hint, "key")];
}
