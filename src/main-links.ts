/** The links: the broker, ours or the site's, and the serial lines; and the devices on the wall that speak over them. */
import { openBroker } from "./adapters/broker.ts";
import { openCaller } from "./adapters/http-call.ts";
import { openHttpDevices } from "./adapters/http-devices.ts";
import { type MqttSettings, openMqtt } from "./adapters/mqtt.ts";
import type { Profiles } from "./adapters/profiles.ts";
import { openSerial } from "./adapters/serial.ts";
import type { Loaded } from "./config/load.ts";
import { isPushing } from "./config/rules-call.ts";
import type { Wiring } from "./config/wiring-terms.ts";
import { GateError } from "./core/fault.ts";
import type { DeviceId } from "./core/terms.ts";
import { encoder } from "./decode/encode.ts";
import type { DeviceProfile } from "./decode/profile.ts";
import { compile } from "./decode/reader.ts";
import { speaking } from "./decode/speaking.ts";
import { completeParams, listening } from "./decode/topics.ts";
import type { Clock, HttpCaller, HttpLink, MqttLink, SerialLine } from "./shell/ports.ts";
import type { WallDevice } from "./shell/wall.ts";

export function wallDevices(loaded: Loaded, wires: Wiring, profiles: Profiles): readonly WallDevice[] {
  const readers = new Map<DeviceProfile, ReturnType<typeof compile>>();
  const accounts = new Map<string, string>();
  return loaded.config.devices.flatMap((device) => {
    // The panel of an OSDP bus keeps its readers itself.
    if (profiles.osdp(device.profile) !== undefined) return [];
    const profile = profiles.device(device.profile);
    const { params, errors } = completeParams(profile, device.params);
    if (errors[0] !== undefined) throw new GateError("CONFIG_INVALID", `device ${device.id}: ${errors[0]}`);
    const reader = readers.get(profile) ?? compile(profile);
    readers.set(profile, reader);
    const account = accountOf(accounts, device);
    const bus = wires.serialBuses.find((one) => one.devices.includes(device.id));
    return [
      {
        id: device.id,
        reader,
        encode: encoder(profile),
        params,
        ...(bus === undefined ? {} : { line: bus.key }),
        ...(account === device.id ? {} : { account }),
        ...(device.http === undefined ? {} : { http: true as const }),
      },
    ];
  });
}

/** The first device that uses a user name has the account; a hub's others share it. */
function accountOf(accounts: Map<string, string>, { id, mqtt }: Loaded["config"]["devices"][number]): string {
  if (mqtt === undefined) return id;
  const name = mqtt.username ?? id;
  const first = accounts.get(name) ?? id;
  accounts.set(name, first);
  return first;
}

export async function openLink(
  loaded: Loaded,
  wall: readonly WallDevice[],
  profiles: Profiles,
  clock: Clock,
  onForged: (owner: string | undefined, what: string) => void,
  onRefused: (owner: string | undefined, code: string) => void,
): Promise<{ readonly link: MqttLink; readonly port: number | undefined } | undefined> {
  const { config, secrets } = loaded;
  const now = () => clock.at();
  const { embedded, external } = config.mqtt ?? {};
  if (embedded !== undefined) {
    const broker = await openBroker({
      host: embedded.host,
      port: embedded.port,
      now,
      onForged,
      onTooLong: (owner) => onRefused(owner, "too-long"),
      // Never in clear text what was asked for encrypted: a file that can't be read has stopped the start before this.
      ...(embedded.tls === undefined
        ? {}
        : { tls: { cert: pemText(loaded, "mqtt.embedded.tls.cert"), key: pemText(loaded, "mqtt.embedded.tls.key") } }),
      devices: config.devices.flatMap((device) => {
        const password = secrets.devices.get(device.id);
        const params = wall.find((one) => one.id === device.id && one.account === undefined)?.params;
        // A hub's further devices speak with the account of its first.
        if (device.mqtt === undefined || password === undefined || params === undefined) return [];
        const profile = profiles.device(device.profile);
        return [
          {
            owner: device.id,
            username: device.mqtt.username ?? device.id,
            password,
            publishes: listening(profile, params).map(({ filter }) => filter),
            subscribes: speaking(profile, params),
          },
        ];
      }),
    });
    return { link: broker, port: broker.port };
  }
  if (external === undefined) return undefined;
  const link = openMqtt(
    {
      url: external.url,
      clientId: `gatepost-${config.site.id}-${config.gate.id}`,
      protocolVersion: external.version === 5 ? 5 : 4,
      ...(external.username === undefined ? {} : { username: external.username }),
      ...(secrets.broker === undefined ? {} : { password: secrets.broker }),
      ...(external.caFile === undefined ? {} : { ca: pem(loaded, "mqtt.external.caFile") }),
      ...(external.certFile === undefined ? {} : { cert: pem(loaded, "mqtt.external.certFile") }),
      ...(external.keyFile === undefined ? {} : { key: pem(loaded, "mqtt.external.keyFile") }),
    },
    { now, random: Math.random },
  );
  return { link, port: undefined };
}

/** Where devices call us, if any do. @throws GateError PORT_BUSY */
export async function openPushes(
  { config, secrets, ...loaded }: Loaded,
  profiles: Profiles,
  clock: Clock,
  onStranger: (address: string) => void,
  onRefused: (owner: string, code: string) => void,
): Promise<(HttpLink & { readonly port: number }) | undefined> {
  if (config.http === undefined) return undefined;
  const { host, port, tls } = config.http;
  const devices = config.devices.filter(isPushing).flatMap(({ id, http, profile }) => {
    if (http === undefined) return [];
    const secret = secrets.devices.get(id);
    return [
      {
        owner: id,
        by: http.by,
        username: http.username ?? id,
        maxBytes: profiles.device(profile).link.maxBytes,
        ...(secret === undefined ? {} : { secret }),
        ...(http.address === undefined ? {} : { address: http.address }),
      },
    ];
  });
  const whole = { config, secrets, ...loaded };
  // Never in clear text what was asked for encrypted: a file that can't be read has stopped the start before this.
  const encrypted =
    tls === undefined ? {} : { tls: { cert: pemText(whole, "http.tls.cert"), key: pemText(whole, "http.tls.key") } };
  return openHttpDevices({ host, port, devices, now: () => clock.now().at, onStranger, onRefused, ...encrypted });
}

/** The devices that we call. */
export function openCallers(loaded: Loaded, profiles: Profiles): ReadonlyMap<DeviceId, HttpCaller> {
  return new Map(
    loaded.config.devices.flatMap(({ id, http, profile }, index) => {
      if (http?.call === undefined) return [];
      const { link } = profiles.device(profile);
      if (link.via !== "http" || link.calls === undefined) return [];
      const { url, username, caFile, serverName } = http.call;
      const password = loaded.secrets.calls.get(id);
      const caller = openCaller({
        url,
        username,
        auth: link.calls.auth,
        maxBytes: link.maxBytes,
        ...(password === undefined ? {} : { password }),
        // Without the file the start has been refused before this: nobody else's certificate is believed.
        ...(caFile === undefined ? {} : { ca: pemText(loaded, `devices.${index}.http.call.caFile`) }),
        ...(serverName === undefined ? {} : { serverName }),
      });
      return [[id, caller] as const];
    }),
  );
}

/** The broker that a part of gate.yaml names, or the devices' outside one. */
export function brokerOf({ config, secrets }: Loaded, part: "sharing" | "homeAssistant"): MqttSettings {
  const own = config[part]?.broker;
  const broker = own ?? config.mqtt?.external;
  if (broker === undefined) throw new GateError("CONFIG_INVALID", `${part}: no broker`);
  const password = own === undefined ? secrets.broker : secrets[`${part}Broker`];
  const place = own === undefined ? "mqtt.external" : `${part}.broker`;
  const bytes = (name: "ca" | "cert" | "key") => {
    const text = secrets.files.get(`${place}.${name}File`);
    return text === undefined ? {} : { [name]: new TextEncoder().encode(text) };
  };
  return {
    url: broker.url,
    clientId: `gatepost-${part.toLowerCase()}-${config.site.id}-${config.gate.id}`,
    protocolVersion: broker.version === 5 ? 5 : 4,
    ...(broker.username === undefined ? {} : { username: broker.username }),
    ...(password === undefined ? {} : { password }),
    ...bytes("ca"),
    ...bytes("cert"),
    ...bytes("key"),
  };
}

const pemText = (loaded: Loaded, place: string): string => loaded.secrets.files.get(place) ?? "";
const pem = (loaded: Loaded, place: string): Uint8Array => new TextEncoder().encode(pemText(loaded, place));

export function serialLines(
  wires: Wiring,
  simulatedLines: ReadonlyMap<string, string> | undefined,
  profiles: Profiles,
  loaded: Loaded,
  clock: Clock,
): ReadonlyMap<string, SerialLine> {
  return new Map(
    wires.serialBuses.map((bus) => {
      const path = bus.path ?? simulatedLines?.get(bus.key);
      if (path === undefined)
        throw new GateError("SIMULATION_REFUSED", `${bus.key} is simulated and no street is running`);
      const first = loaded.config.devices.find((device) => bus.devices.includes(device.id));
      const link = first === undefined ? undefined : linkOf(profiles, first.profile);
      const usual =
        link?.via === "serial"
          ? link
          : { baud: 9600, dataBits: 8 as const, parity: "none" as const, stopBits: 1 as const };
      const line = openSerial(
        {
          path,
          baud: bus.overrides.baud ?? usual.baud,
          dataBits: bus.overrides.dataBits ?? usual.dataBits,
          parity: bus.overrides.parity ?? usual.parity,
          stopBits: bus.overrides.stopBits ?? usual.stopBits,
        },
        { now: () => clock.at(), random: Math.random },
      );
      return [bus.key, line];
    }),
  );
}

const linkOf = (profiles: Profiles, id: string) => profiles.osdp(id)?.link ?? profiles.device(id).link;
