/** Rules about devices that push over HTTP: where they call, and how we know whose a request is. */
import { grouped } from "./grouped.ts";
import type { Finding } from "./problem.ts";
import { error, warning, words } from "./problem.ts";
import { isPushing } from "./rules-call.ts";
import type { DeviceConfig, GateConfig } from "./schema.ts";

/** Every contradiction, and what is dangerous about it. */
export function pushFindings(config: GateConfig): readonly Finding[] {
  const devices = config.devices.map((device, index) => ({ device, index }));
  const pushing = devices.filter(({ device }) => isPushing(device));
  return [
    ...(config.http === undefined ? pushing.slice(0, 1).map(({ index }) => missing(index)) : []),
    ...portTwice(config),
    ...exposed(config),
    ...pushing.flatMap(({ device, index }) => byAddress(device, index)),
    ...twice(pushing),
  ];
}

function missing(index: number): Finding {
  const message = words("有 HTTP 推送设备，但没有写在哪里接收", "A device pushes over HTTP, but nobody listens for it");
  const hint = words("加上 http: { host: …, port: 8088 }", "Add http: { host: …, port: 8088 }");
  return error("HTTP_MISSING", ["devices", index, "http"], message, hint, "key");
}

function portTwice({ http, page, mqtt }: GateConfig): readonly Finding[] {
  if (http === undefined || http.port === 0) return [];
  if (http.port !== page.port && http.port !== mqtt?.embedded?.port) return [];
  const message = words("这个端口已给了岗亭页面或 MQTT", "This port is the guard page's or the broker's");
  return [error("HTTP_PORT_TWICE", ["http", "port"], message, words("例如 8088", "For example 8088"))];
}

function exposed({ http }: GateConfig): readonly Finding[] {
  if (http === undefined || http.tls !== undefined || /^(?:127\.|::1$|localhost$)/.test(http.host)) return [];
  const message = words("设备的密钥在网络上明文传输", "The devices' secrets cross the network in the clear");
  const hint = words(
    "设备支持时加上 tls；不支持时用独立网段",
    "Add tls where devices can; else give them their own network",
  );
  return [warning("HTTP_EXPOSED", ["http", "host"], message, hint)];
}

function byAddress({ id, http }: DeviceConfig, index: number): readonly Finding[] {
  if (http?.by !== "address") return [];
  const path = ["devices", index, "http"];
  if (http.address === undefined) {
    const message = words(`设备“${id}”没有写 IP 地址`, `Device \`${id}\` is known by its address, but has none`);
    return [error("HTTP_ADDRESS_MISSING", path, message, words("加上 address", "Add address"), "key")];
  }
  const message = words(
    "只凭 IP 地址认设备，同网段的人可以冒充",
    "Known by its address alone: whoever is on that network can be it",
  );
  const hint = words(
    "设备能改路径时用 by: path；不能时用独立网段，交换机绑定端口",
    "by: path where its path can be set; else a network of its own, with the switch's port bound to it",
  );
  return [warning("HTTP_BY_ADDRESS", [...path, "by"], message, hint)];
}

type Listed = readonly { readonly device: DeviceConfig; readonly index: number }[];

/** Two devices of one name, or of one address alone, can't be told apart. */
function twice(pushing: Listed): readonly Finding[] {
  const named = grouped(pushing, ({ device: { id, http } }) =>
    http?.by === "basic" || http?.by === "digest" ? `${http.by} ${http.username ?? id}` : undefined,
  );
  const placed = grouped(pushing, ({ device: { http } }) => (http?.by === "address" ? http.address : undefined));
  const who = words("每个设备一个用户名", "One user name per device");
  const where = words("每个设备一个地址", "One address per device");
  return [
    ...others(named).map(({ index, device }) => {
      const message = words("两个设备用同一个用户名", "Two devices share one user name");
      const path = ["devices", index, "http", ...(device.http?.username === undefined ? [] : ["username"])];
      return error("HTTP_USERNAME_TWICE", path, message, who);
    }),
    ...others(placed).map(({ index }) => {
      const message = words("两个设备用同一个 IP 地址", "Two devices share one address");
      return error("HTTP_ADDRESS_TWICE", ["devices", index, "http", "address"], message, where);
    }),
  ];
}

const others = (groups: ReadonlyMap<string, Listed>): Listed =>
  [...groups.values()].flatMap((sharing) => sharing.slice(1));
