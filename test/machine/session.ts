/** The technician's hour: from the bare system to a resident let in, each line timed. */
import { startTerminal } from "../whole/load.ts";
import { until } from "../whole/place.ts";
import type { Guest } from "./guest.ts";
import { edges, risings } from "./pins.ts";
import { CARD, PINS, RESIDENT, SESSION, TERMINAL_PASSWORD } from "./site.ts";

export interface Told {
  /** Markdown. */
  readonly log: string;
  readonly acknowledged: readonly string[];
  /** From the first line typed to the pulse at the pedestrian gate. */
  readonly firstS: number;
  readonly exposure: number;
  /** SIGSTOP to ready again. */
  readonly watchdogS: number;
  /** How long the pulse was that was under way at the SIGSTOP, ms. */
  readonly stoppedPulseMs: number;
}

export const CHIP = "cd /sys/devices/platform/gpio-sim.0/gpiochip*/";
/** Asked inside: each question from outside costs the emulated machine more than the gate's own work. */
export const ACTIVE = "until systemctl is-active --quiet gatepost; do sleep 1; done";
const OPENED_S = 300;
const READY_S = 900;

export function terminalOf(port: number) {
  return startTerminal({
    port,
    username: "face-in",
    password: TERMINAL_PASSWORD,
    inFlight: 2,
    next: () => RESIDENT,
  });
}

export async function install(guest: Guest, mqttPort: number, say: (text: string) => void): Promise<Told> {
  const lines: string[] = [];
  const began = performance.now();
  const since = () => (performance.now() - began) / 1_000;
  const note = (text: string) => {
    lines.push(text);
    say(text);
  };
  async function typed(command: string, withinS = 900): Promise<string> {
    const from = since();
    const out = await guest.must(command, withinS);
    note(`# ${command}\n${tidy(out)}[${(since() - from).toFixed(0)} s]\n`);
    return out;
  }
  const pulses = (line: number) => risings(guest.pins(), [line]);

  await typed("mount -o ro /dev/vdb /mnt");
  for (const command of SESSION) await typed(command);
  await guest.must(ACTIVE, READY_S);
  await typed("systemctl show gatepost -p Type -p StatusText -p WatchdogUSec -p NRestarts");
  // Its answer is not an error here: a machine without a time server or a battery has warnings.
  const doctor = await guest.sh("gatepost doctor", 300);
  note(`# gatepost doctor\n${tidy(doctor.out)}[exit ${doctor.code}]\n`);

  const terminal = terminalOf(mqttPort);
  await until(() => pulses(PINS.gate) > 0, OPENED_S * 1_000, guest.console);
  const firstS = since();
  note(
    `the terminal at the pedestrian gate recognises ${RESIDENT}: line ${PINS.gate} pulses [${firstS.toFixed(0)} s in all]\n`,
  );
  await until(() => terminal.acknowledged.size > 0, 60_000);
  await terminal.stop();

  guest.uart(`${CARD}\r\n`);
  await until(() => pulses(PINS.boomOpen) > 0, OPENED_S * 1_000, guest.console);
  note(`card ${CARD} on /dev/ttyS2 (16550, 9600 baud): line ${PINS.boomOpen} pulses, the boom opens\n`);
  await drive(guest, "pull-up");
  await drive(guest, "pull-down");
  await until(() => pulses(PINS.boomClose) > 0, OPENED_S * 1_000, guest.console);
  note(`the loop sees the car, then nothing: line ${PINS.boomClose} pulses, the boom closes\n`);

  const security = await guest.must("systemd-analyze security gatepost.service --no-pager | tail -n 1", 300);
  note(`# systemd-analyze security gatepost.service | tail -n 1\n${tidy(security)}`);
  const exposure = Number(/level for \S+ ([\d.]+)/.exec(security.replace(":", ""))?.[1] ?? Number.NaN);
  const { watchdogS, stoppedPulseMs, acknowledged } = await hang(guest, mqttPort);
  note(
    `SIGSTOP while line ${PINS.gate} is active: the pulse ends after ${stoppedPulseMs} ms all the same; systemd's watchdog has the gate ready again after ${watchdogS.toFixed(0)} s\n`,
  );
  await typed(`sed 's/name: 人行门/name: 东人行门/' /etc/gatepost/gate.yaml > /root/next.yaml`);
  await typed("gatepost config apply /root/next.yaml --yes --wait 300");
  // Nothing is wrong with it on paper, but the chip has no such line: the gate can't come up, and the one before comes back.
  await typed(`sed 's/gpio: ${PINS.gate}, pulseMs/gpio: 47, pulseMs/' /root/next.yaml > /root/wrong.yaml`);
  const wrong = await guest.sh("gatepost config apply /root/wrong.yaml --yes --wait 300", READY_S);
  note(`# gatepost config apply /root/wrong.yaml --yes --wait 300\n${tidy(wrong.out)}[exit ${wrong.code}]\n`);
  if (wrong.code === 0) throw new Error("a configuration with which the gate can't come up was left in force");
  await guest.must(ACTIVE, READY_S);
  await typed("gatepost config && cmp /root/next.yaml /etc/gatepost/gate.yaml");
  return {
    log: lines.join("\n"),
    acknowledged: [...terminal.acknowledged, ...acknowledged],
    firstS,
    exposure,
    watchdogS,
    stoppedPulseMs,
  };
}

async function drive(guest: Guest, pull: "pull-up" | "pull-down"): Promise<void> {
  // Longer than the contact's debounce and the lane's clearing time, even on a slow machine.
  await guest.must(`${CHIP} && echo ${pull} > sim_gpio${PINS.loop}/pull && sleep 3`);
}

/** The service hangs in the middle of a pulse. */
async function hang(guest: Guest, mqttPort: number) {
  const before = await restarts(guest);
  const terminal = terminalOf(mqttPort);
  const stopped = guest.sh(
    `${CHIP}; until [ "$(cat sim_gpio${PINS.gate}/value)" = 1 ]; do :; done; systemctl kill --kill-whom=main -s STOP gatepost; cat /proc/uptime`,
    OPENED_S,
  );
  const { out } = await stopped;
  const began = performance.now();
  const at = Number(out.split(" ")[0]);
  await terminal.stop();
  await until(async () => (await restarts(guest)) > before, READY_S * 1_000, guest.console);
  await guest.must(ACTIVE, READY_S);
  const watchdogS = (performance.now() - began) / 1_000;
  const of = edges(guest.pins()).filter(({ line }) => line === PINS.gate);
  const up = of.findLast(({ level, at: then }) => level === 1 && then <= at);
  const down = of.find(({ level, at: then }) => level === 0 && up !== undefined && then > up.at);
  const stoppedPulseMs = up === undefined || down === undefined ? Number.NaN : Math.round((down.at - up.at) * 1_000);
  return { watchdogS, stoppedPulseMs, acknowledged: [...terminal.acknowledged] };
}

export const restarts = async (guest: Guest) =>
  Number((await guest.must("sleep 0.5; systemctl show gatepost -p NRestarts --value")).trim());

/** Without the noise of dpkg: the last lines say what it was. */
function tidy(out: string): string {
  const lines = out.split("\n").filter((line) => line.trim() !== "");
  const shown = lines.length > 24 ? [`… ${lines.length - 24} lines`, ...lines.slice(-24)] : lines;
  // The code of a machine that is gone by now opens nothing; a document needn't show one all the same.
  return shown.map((line) => `${line.replace(/\b[A-Z0-9]{4}(?:-[A-Z0-9]{4}){2}\b/g, "XXXX-XXXX-XXXX")}\n`).join("");
}
