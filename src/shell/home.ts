/**
 * What Home Assistant is told by its MQTT discovery: which states there are, and how they stand. State only: no topic here is
 * one that anybody could write to, and nothing says who passed.
 * https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery
 */
import type { BarrierState, LaneMode } from "../core/terms.ts";
import type { SiteView } from "./desk.ts";

export interface HomePlace {
  /** Home Assistant's discovery prefix. */
  readonly prefix: string;
  readonly version: string;
}

/** What of the site's view is told here. */
export type HomeView = Pick<SiteView, "site" | "gate" | "lanes" | "devices" | "alarms" | "today" | "platform">;

export interface HomeFacts {
  readonly view: Pick<HomeView, "lanes" | "alarms" | "today" | "platform">;
  readonly devices: readonly { readonly id: string; readonly up: boolean }[];
  /** As `/readyz` says it. */
  readonly ready: boolean;
}

export interface Told {
  readonly topic: string;
  readonly payload: string;
}

type Named = Pick<HomeView, "site" | "gate" | "lanes" | "devices" | "platform">;

interface Entity {
  readonly component: "sensor" | "binary_sensor";
  /** Letters, digits, `_` and `-`; unique within the gate. */
  readonly key: string;
  readonly name: string;
  readonly value: string;
  readonly more: Readonly<Record<string, unknown>>;
}

const BARRIER_STATES: readonly BarrierState[] = ["unknown", "closed", "opening", "open", "closing", "stopped"];
const LANE_MODES: readonly LaneMode[] = ["controlled", "locked-open", "locked-down"];
const WELL = { entity_category: "diagnostic" } as const;

const ownName = ({ site, gate }: Pick<SiteView, "site" | "gate">) => `gatepost_${site.id}_${gate.id}`;
const base = ({ site, gate }: Pick<SiteView, "site" | "gate">) => `gatepost/home/${site.id}/${gate.id}`;
export const homeStateTopic = (where: Pick<SiteView, "site" | "gate">) => `${base(where)}/state`;
/** `online` or `offline`, the latter by the broker itself when our line breaks. */
export const homePresenceTopic = (where: Pick<SiteView, "site" | "gate">) => `${base(where)}/availability`;

/** One retained message for each state, by which Home Assistant makes an entity. */
export function homeDiscovery(view: Named, { prefix, version }: HomePlace): readonly Told[] {
  const { site, gate } = view;
  const own = ownName(view);
  const device = {
    identifiers: [own],
    name: `${site.name} ${gate.name}`,
    manufacturer: "gatepost",
    model: "门岗 gatepost",
    sw_version: version,
  };
  return entities(view).map(({ component, key, name, value, more }) => ({
    topic: `${prefix}/${component}/${own}_${key}/config`,
    payload: JSON.stringify({
      unique_id: `${own}_${key}`,
      name,
      state_topic: homeStateTopic(view),
      value_template: `{{ ${value} }}`,
      availability_topic: homePresenceTopic(view),
      ...more,
      device,
      origin: { name: "gatepost", sw_version: version },
    }),
  }));
}

/**
 * Of the topics that were told before, those of this gate that aren't told any more. Another gate's are left alone: a copied
 * card or a new name in gate.yaml must not take a living gate out of Home Assistant.
 */
export function homeGone(before: readonly string[], now: readonly Told[], view: Named): readonly string[] {
  const told = new Set(now.map(({ topic }) => topic));
  const own = `${ownName(view)}_`;
  return before.filter(
    (topic) => !told.has(topic) && topic.split("/").at(-2)?.startsWith(own) && topic.endsWith("/config"),
  );
}

function entities(view: Named): readonly Entity[] {
  const passages = { state_class: "total_increasing" };
  return [
    ...view.lanes.flatMap(({ id, name }): readonly Entity[] => [
      sensor(`lane_${id}_barrier`, `${name} 状态 barrier`, `value_json.lanes['${id}'].barrier`, listed(BARRIER_STATES)),
      sensor(`lane_${id}_mode`, `${name} 模式 mode`, `value_json.lanes['${id}'].mode`, listed(LANE_MODES)),
    ]),
    ...view.devices.map(({ id, name }) =>
      binary(`device_${id}_link`, `${name} 连接 link`, `value_json.devices['${id}']`, "connectivity", WELL),
    ),
    binary("alarm", "有报警 alarm", "value_json.alarm", "problem"),
    sensor("alarms", "未解除的报警 alarms", "value_json.alarms", { state_class: "measurement" }),
    sensor("passages_in", "今日进 in today", "value_json.in", passages),
    sensor("passages_out", "今日出 out today", "value_json.out", passages),
    ...(view.platform === undefined
      ? []
      : [
          binary("uplink", "上报线路 uplink", "value_json.uplink", "connectivity", WELL),
          sensor("uplink_waiting", "待上报 waiting", "value_json.waiting", { state_class: "measurement", ...WELL }),
        ]),
    binary("ready", "门岗正常 ready", "value_json.ready", "running", WELL),
  ];
}

const listed = (options: readonly string[]) => ({ device_class: "enum", options });

function sensor(key: string, name: string, value: string, more: Entity["more"]): Entity {
  return { component: "sensor", key, name, value, more };
}

function binary(key: string, name: string, value: string, deviceClass: string, more: Entity["more"] = {}): Entity {
  return { component: "binary_sensor", key, name, value, more: { device_class: deviceClass, ...more } };
}

/**
 * How it all stands, as one message. Only ids of the configuration, words of ours and counts; a duress alarm is left
 * out, since what shows it may hang where the one who forces somebody sees it.
 */
export function homeState({ view, devices, ready }: HomeFacts): string {
  const alarms = view.alarms.filter(({ kind }) => kind !== "duress").length;
  return JSON.stringify({
    lanes: Object.fromEntries(view.lanes.map(({ id, barrier, mode }) => [id, { barrier, mode }])),
    devices: Object.fromEntries(devices.map(({ id, up }) => [id, on(up)])),
    alarm: on(alarms > 0),
    alarms,
    in: view.today.in,
    out: view.today.out,
    ...(view.platform === undefined ? {} : { uplink: on(view.platform.up), waiting: view.platform.waiting }),
    ready: on(ready),
  });
}

const on = (is: boolean) => (is ? "ON" : "OFF");
