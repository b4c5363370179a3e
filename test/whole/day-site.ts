/** A site for a guard's whole day, and the street before it: a barrier with a plate camera, a door with a face terminal
 * and a card reader, an iron gate; all of it on one relay board, the terminal and the camera at a broker. */
import { openStreet, type Street } from "../../src/simulator/street.ts";
import { TERMINAL, type Witness } from "./site.ts";

const CAMERA = "b6a0e1c4-8f3d2a17";

export interface DaySettings {
  /** Where the devices' broker is, and where the platform is called. */
  readonly broker: string;
  readonly platform: string;
  readonly relays: string;
  readonly cards: string;
}

export const dayYaml = ({ broker, platform, relays, cards }: DaySettings): string => `
site: { id: xinghe, name: 星河小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
dataDir: data
mqtt: { external: { url: "${broker}" } }
uplink: { url: "${platform}", siteCode: "330381001004", gateCode: "01" }
clock: { trust: trusted }
devices:
  - { id: face-in, profile: faceterm-mqtt, mqtt: {}, params: { deviceId: "${TERMINAL}" }, purpose: 测试用的人脸终端 }
  - { id: plate-in, profile: vzenith-mqtt, mqtt: {}, params: { deviceId: "${CAMERA}" } }
  - { id: card-reader, profile: ascii-line-reader, serial: { path: "${cards}" } }
  - { id: relays, profile: waveshare-modbus-relay, serial: { path: "${relays}" }, params: { unit: 1 } }
lanes:
  - id: car
    kind: vehicle
    name: 进口车道
    outputs:
      open: { device: relays, channel: 1, pulseMs: 500 }
      close: { device: relays, channel: 2, pulseMs: 500 }
      stop: { device: relays, channel: 3, pulseMs: 500 }
    inputs:
      limit-open: { device: relays, channel: 1 }
      limit-closed: { device: relays, channel: 2 }
      safety-loop: { device: relays, channel: 3, activeLow: true }
      photocell: { device: relays, channel: 4, activeLow: true }
    times: { travelMs: 6000, clearMs: 200, gapMs: 600 }
    accessPoints: [{ id: car-in, direction: in, readers: [plate-in], to: inside }]
  - id: walk
    kind: pedestrian
    name: 人行门
    outputs: { open: { device: relays, channel: 4, pulseMs: 500 } }
    inputs: { door-contact: { device: relays, channel: 5, activeLow: true } }
    times: { accessMs: 5000, gapMs: 600 }
    accessPoints: [{ id: walk-in, direction: in, readers: [face-in, card-reader], to: inside }]
  - id: iron
    kind: monitored
    name: 东侧铁门
    inputs: { door-contact: { device: relays, channel: 6, activeLow: true } }
    times: { heldMs: 2000 }
areas: [{ id: inside, name: 小区内, antiPassback: soft, capacity: 320 }]
accessLevels: [{ id: residents, accessPoints: all }, { id: visitors, accessPoints: all }]
`;

/** As the camera reads the plate of 陈志强: nearly as it stands on the list, and misread once more nearly still. */
const READ = "川KA8837";
export const PEOPLE = `编号,姓名,类别,房号,人脸编号,卡号,车牌,权限组
R-0417,林秀兰,业主,3-1-302,R-0417,0005913727,,residents
R-0502,陈志强,业主,1-2-501,,,川KA8B37,residents
`;

/** Waveshare's "flash on", 500 ms, of the relays that open, close and stop (CRC-16/MODBUS). */
export const CAR_OPEN = "0105020000050C71";
export const CAR_CLOSE = "0105020100055DB1";
export const WALK_OPEN = "010502030005FC71";

/** Nobody comes by themselves: the test sends them. */
export function openDayStreet(mqttUrl: string, board: Witness): Street {
  const input = (channel: number, role: "limit-open" | "limit-closed") => ({ ...at(channel), role, activeLow: false });
  const cut = (channel: number, role: "safety-loop" | "photocell" | "door-contact") => ({
    ...at(channel),
    role,
    activeLow: true,
  });
  return openStreet({
    seed: 7,
    everyMs: 0,
    utcOffsetMin: 480,
    mqttUrl,
    boards: [{ device: "relays", unit: 1, wire: board.wire }],
    terminals: [{ device: "face-in", username: "face-in", password: "", deviceId: TERMINAL }],
    cameras: [{ device: "plate-in", username: "plate-in", password: "", deviceId: CAMERA }],
    modules: [],
    lineReaders: [],
    faces: ["R-0417"],
    plates: [READ],
    cards: [],
    lanes: [
      {
        id: "car",
        kind: "vehicle",
        travelMs: 800,
        outputs: [
          { ...at(1), command: "open" },
          { ...at(2), command: "close" },
          { ...at(3), command: "stop" },
        ],
        inputs: [input(1, "limit-open"), input(2, "limit-closed"), cut(3, "safety-loop"), cut(4, "photocell")],
        readers: [{ device: "plate-in", direction: "in" }],
      },
      {
        id: "walk",
        kind: "pedestrian",
        travelMs: 800,
        outputs: [{ ...at(4), command: "open" }],
        inputs: [cut(5, "door-contact")],
        readers: [{ device: "face-in", direction: "in" }],
      },
      { id: "iron", kind: "monitored", travelMs: 800, outputs: [], inputs: [cut(6, "door-contact")], readers: [] },
    ],
  });
}

const at = (channel: number) => ({ device: "relays", channel });
