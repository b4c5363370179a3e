/** `gatepost demo`: the example compound on a simulated street, over the devices' real protocols. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CONSENTS_FILE, openConsents } from "../adapters/consents.ts";
import { applyImport, planImport } from "../adapters/import.ts";
import { pseudonym } from "../adapters/journal-seal.ts";
import { siteKey } from "../adapters/keys.ts";
import { keepPicture } from "../adapters/pictures.ts";
import { loadProfiles } from "../adapters/profiles.ts";
import { openWhitelist } from "../adapters/whitelist.ts";
import { wiring } from "../config/wiring.ts";
import { isPlate, normalise, skeleton } from "../core/plates.ts";
import { openGate } from "../main.ts";
import { PICTURES_FOLDER, yearNow } from "../main-terminals.ts";
import { jpeg } from "../simulator/jpeg.ts";
import { type House, loadOrSay } from "./house.ts";
import { openWires, type Residents, startStreet } from "./street.ts";
import { programOf, told } from "./work-start.ts";
import type { DemoOptions } from "./works.ts";

/** Mean time between two arrivals over the whole compound: slow enough to follow, busy enough to be worth a look. */
const EVERY_MS = 4_000;
const CHINA_MIN = 480;

export async function demoWork(house: House, options: DemoOptions): Promise<number> {
  const env = {
    ...process.env,
    ...(options.pagePort === undefined ? {} : { GATEPOST_PAGE_PORT: String(options.pagePort) }),
    ...(options.mqttPort === undefined ? {} : { GATEPOST_MQTT_PORT: String(options.mqttPort) }),
    GATEPOST_LOG_LEVEL: process.env.GATEPOST_LOG_LEVEL ?? "warn",
  };
  const loaded = loadOrSay(house, options.configPath ?? join(house.config, "demo.yaml"), env);
  const residents = moveIn(loaded.dataDir, join(house.config, "example-residents.csv"));
  if (loaded.config.devices.some((device) => device.enrol)) handIn(loaded.dataDir, residents.faces);
  const { ptys, paths } = openWires(wiring(loaded.config, loadProfiles(loaded.profilesDirs).defaults));
  try {
    const gate = await openGate({
      loaded,
      version: house.version,
      assets: house.page,
      simulatedLines: paths,
      ...programOf(),
    });
    const mqttPort = gate.mqttPort ?? 0;
    const street = startStreet({
      loaded,
      wires: gate.wiring,
      plan: gate.plan,
      ptys,
      mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
      residents,
      seed: options.seed ?? Date.now() % 4_294_967_296,
      everyMs: options.traffic ? EVERY_MS : 0,
      utcOffsetMin: CHINA_MIN,
    });
    process.stdout.write(welcome(gate.url, mqttPort));
    await told(options.forSeconds);
    await street.close();
    await gate.close();
    return 0;
  } finally {
    for (const pty of ptys.values()) pty.close();
  }
}

/** The example residents, if nobody lives here yet; and what the simulated people carry. */
function moveIn(dataDir: string, file: string): Residents {
  mkdirSync(dataDir, { recursive: true });
  const key = siteKey(join(dataDir, "site.key"));
  const whitelist = openWhitelist({
    file: join(dataDir, "whitelist.sqlite"),
    skeleton,
    subjectOf: (holder) => pseudonym(key, holder),
  });
  try {
    if (whitelist.size === 0) {
      const plan = planImport(readFileSync(file), [], { normalisePlate: normalise, isPlate, allowRemovals: true });
      applyImport(plan, whitelist, "demo", Date.now());
    }
    const carried = [...whitelist.people()].filter((person) => !person.blocked).flatMap((person) => person.credentials);
    const of = (type: string) => carried.filter((one) => one.type === type).map((one) => one.value);
    return { faces: of("face"), plates: of("plate"), cards: of("card") };
  } finally {
    whitelist.close();
  }
}

/** The simulated residents have agreed, and their pictures lie ready for the simulated terminals, which start empty. */
function handIn(dataDir: string, faces: readonly string[]): void {
  const consents = openConsents(join(dataDir, CONSENTS_FILE), yearNow);
  try {
    for (const [index, face] of faces.entries()) {
      const agreed = { face, notice: "demo", agreedBy: "演示 demo", how: "spoken", takenBy: "gatepost demo" };
      // What was withdrawn by hand stays withdrawn.
      if (consents.consentOf(face) === "none") consents.record(agreed, Date.now());
      if (consents.consentOf(face) === "recorded")
        keepPicture(join(dataDir, PICTURES_FOLDER), face, jpeg(240, 320, 4_000 + index, index % 256));
    }
  } finally {
    consents.close();
  }
}

/** What to open, and what to try. The line works as it stands when Debian's mosquitto-clients is installed. */
function welcome(url: string, mqttPort: number): string {
  const message =
    `{"operator":"RecPush","info":{"customId":"R-0417","personId":"63","RecordID":"'$(date +%s)'","VerifyStatus":"1",` +
    `"PersonType":"0","similarity1":"91.000000","Sendintime":1,"facesluiceId":"2107466",` +
    `"time":"'"$(TZ=Asia/Shanghai date '+%F %T')"'","isNoMask":"0","PushType":0}}`;
  return `
  gatepost 门岗 — 演示 demo（模拟的小区，没有真的设备 / a simulated compound, no real devices）

  打开网页 / Open      ${url}
  住户管理 / Residents ${url}clerk
  放一个住户进来 / Let a resident in (apt install mosquitto-clients):

  mosquitto_pub -h 127.0.0.1 -p ${mqttPort} -u face-in -P demo-face-in -q 1 -t mqtt/face/2107466/Rec -m '${message}'

  换成 "customId":"R-9999" 就是陌生人 / the same with R-9999 is a stranger, and the page says why not.
  停止 / Stop          Ctrl-C

`;
}
