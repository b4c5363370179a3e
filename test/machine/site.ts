/** What the technician brings on a stick: the package, the gate's configuration, the broker's, the clerk's list. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { RESIDENTS, TERMINAL } from "../whole/site.ts";

export const CARD = "0005913727";
export const RESIDENT = "R-0417";
export const TERMINAL_PASSWORD = "not-a-default-7f21";
/** Lines of the chip. */
export const PINS = { gate: 0, door: 1, exit: 2, boomOpen: 3, boomClose: 4, boomStop: 5, loop: 6, beam: 7 };
export const OUTPUTS: readonly number[] = [PINS.gate, PINS.boomOpen, PINS.boomClose, PINS.boomStop];

const GATE = `site: { id: xinghe, name: 星河小区, timezone: Asia/Shanghai }
gate: { id: main, name: 正门 }
mqtt:
  external: { url: "mqtt://127.0.0.1:1883", username: gatepost, passwordFile: secrets/broker }
# There is no time server in this machine; at a site systemd-timesyncd says when the clock may be believed (auto).
clock: { trust: trusted }
gpio: { backend: auto }
devices:
  - { id: face-in, profile: faceterm-mqtt, mqtt: {}, params: { deviceId: "${TERMINAL}" }, purpose: 业主自愿登记后进门 }
  - { id: card-reader, profile: ascii-line-reader, serial: { path: /dev/ttyS2, baud: 9600 } }
lanes:
  - id: walk
    kind: pedestrian
    name: 人行门
    barrier: { profile: dry-contact-pedestrian-gate }
    outputs: { open: { gpio: ${PINS.gate}, pulseMs: 500 } }
    inputs:
      door-contact: { gpio: ${PINS.door}, bias: none }
      request-to-exit: { gpio: ${PINS.exit} } # the simulated pin takes its pull for the contact
    times: { accessMs: 1000, gapMs: 100 }
    accessPoints: [{ id: walk-in, direction: in, readers: [face-in] }]
  - id: car-in
    kind: vehicle
    name: 进口车道
    barrier: { profile: dry-contact-barrier }
    outputs:
      open: { gpio: ${PINS.boomOpen}, pulseMs: 500 }
      close: { gpio: ${PINS.boomClose}, pulseMs: 500 }
      stop: { gpio: ${PINS.boomStop}, pulseMs: 500 }
    inputs:
      safety-loop: { gpio: ${PINS.loop}, bias: none }
      photocell: { gpio: ${PINS.beam}, bias: none }
    times: { travelMs: 3000 }
    accessPoints: [{ id: car-in, direction: in, readers: [card-reader] }]
accessLevels: [{ id: residents, accessPoints: all }]
`;

const BROKER = `listener 1883 0.0.0.0
allow_anonymous false
password_file /etc/mosquitto/passwords
acl_file /etc/mosquitto/acl
set_tcp_nodelay true
`;
const RIGHTS = `user gatepost
topic readwrite #
user face-in
topic readwrite mqtt/face/#
`;

/** What is typed, in order; each is timed. */
export const SESSION: readonly string[] = [
  "apt-get install -y -qq /mnt/gatepost_*.deb",
  "cp /mnt/gate.yaml /etc/gatepost/gate.yaml",
  "echo broker-pass-31 > /etc/gatepost/secrets/broker; chmod 640 /etc/gatepost/secrets/broker",
  "cp /mnt/gate.conf /etc/mosquitto/conf.d/ && cp /mnt/acl /etc/mosquitto/acl && chown mosquitto /etc/mosquitto/acl",
  `install -m 600 /dev/null /etc/mosquitto/passwords && mosquitto_passwd -b /etc/mosquitto/passwords gatepost broker-pass-31 && mosquitto_passwd -b /etc/mosquitto/passwords face-in ${TERMINAL_PASSWORD}`,
  "chown mosquitto /etc/mosquitto/passwords && systemctl restart mosquitto",
  "gatepost check",
  "gatepost import /mnt/residents.csv --apply",
  "systemctl start gatepost",
  "gatepost accounts setup-code",
  "until [ -f /run/issue.d/gatepost.issue ]; do sleep 1; done; cat /run/issue.d/gatepost.issue",
];

/** @returns an ext4 image */
export function makeStick(dir: string, deb: string): string {
  const folder = join(dir, "stick");
  mkdirSync(folder, { recursive: true });
  copyFileSync(deb, join(folder, basename(deb)));
  for (const [name, text] of [
    ["gate.yaml", GATE],
    ["gate.conf", BROKER],
    ["acl", RIGHTS],
    ["residents.csv", RESIDENTS],
  ] as const)
    writeFileSync(join(folder, name), text);
  const image = join(dir, "stick.img");
  execFileSync("mkfs.ext4", ["-q", "-F", "-d", folder, image, "128M"]);
  rmSync(folder, { recursive: true });
  return image;
}
