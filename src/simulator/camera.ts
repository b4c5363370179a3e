/** A plate camera that speaks Vzenith's MQTT (`device/{sn}/message/up/…`): keep-alive every 10 s, a result per plate. */
import { randomUUID } from "node:crypto";
import mqtt from "mqtt";

export interface CameraSettings {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly deviceId: string;
  /** Each time it couldn't connect; absent = it tries again in silence, as devices do. */
  readonly onTrouble?: (why: string) => void;
}

export interface Camera {
  /** Connected for the first time. */
  readonly ready: Promise<void>;
  /** One recognition; confidence 0..100. */
  plate(plate: string, confidence: number): void;
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 10_000;

export function openCamera(settings: CameraSettings): Camera {
  const { deviceId } = settings;
  const client = mqtt.connect(settings.url, {
    clientId: `camera-${deviceId}-${process.pid}`,
    username: settings.username,
    password: settings.password,
    reconnectPeriod: 1_000,
  });
  let plateId = Math.floor(Date.now() / 100) % 2_000_000_000;
  client.on("error", (cause) => settings.onTrouble?.(cause.message)); // it comes back by itself, as cameras do

  const seconds = () => Math.floor(Date.now() / 1000);
  function say(name: string, payload: unknown): void {
    if (!client.connected) return;
    client.publish(
      `device/${deviceId}/message/up/${name}`,
      JSON.stringify({ id: randomUUID(), bv: 1, sn: deviceId, name, version: "1.0", timestamp: seconds(), payload }),
      { qos: 1 },
    );
  }
  const keepAlive = () => say("keep_alive", {});
  const ready = new Promise<void>((done) => {
    client.once("connect", () => done());
  });
  client.on("connect", keepAlive);
  const beat = setInterval(keepAlive, KEEP_ALIVE_MS);

  return {
    ready,
    plate(plate, confidence) {
      say("ivs_result", {
        AlarmInfoPlate: {
          channel: 0,
          deviceName: "IVS",
          result: {
            PlateResult: {
              license: Buffer.from(plate, "utf8").toString("base64"),
              confidence,
              colorType: plate.length === 8 ? 5 : 1,
              triggerType: 8,
              plateid: ++plateId,
              isoffline: 0,
              is_fake_plate: 0,
              timeStamp: { Timeval: { sec: seconds(), usec: 0 } },
            },
          },
        },
      });
    },
    async close() {
      clearInterval(beat);
      await client.endAsync(true);
    },
  };
}
