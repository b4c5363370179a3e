/** What hangs on the machine, for `gatepost doctor`: pins, serial lines, certificates. Looked at, never opened for use. */
import { X509Certificate } from "node:crypto";
import { lineUsers } from "../adapters/gpio-chardev.ts";
import { type MachinePlaces, mayUse, statOf, userOf } from "../adapters/machine.ts";
import type { Loaded } from "../config/load.ts";
import { words } from "../config/problem.ts";
import type { Wiring } from "../config/wiring-terms.ts";
import { GateError } from "../core/fault.ts";
import { type DoctorFinding, found } from "./doctor-table.ts";
import type { DoctorPart } from "./works.ts";

export const SERVICE_USER = "gatepost";
const SOON_MS = 30 * 86_400_000;

interface Pinned {
  readonly config: Pick<Loaded["config"], "gpio">;
}

function linesOf(wires: Pick<Wiring, "lanes" | "gpioInputs">): readonly number[] {
  const inputs = wires.gpioInputs.flatMap(({ source }) => (source.via === "gpio" ? [source.offset] : []));
  const outputs = [...wires.lanes.values()].flatMap((lane) =>
    Object.values(lane.outputs).flatMap((target) => (target?.via === "gpio" ? [target.offset] : [])),
  );
  return [...new Set([...outputs, ...inputs])].sort((a, b) => a - b);
}

export function gpioPart(
  { config }: Pinned,
  wires: Pick<Wiring, "lanes" | "gpioInputs">,
  users = lineUsers,
): DoctorPart {
  const lines = linesOf(wires);
  const says = lines.length === 0 ? "–" : lines.join(" ");
  const { backend, chip } = config.gpio;
  // sysfs can't be asked without exporting the line, and that is a touch.
  const asks = lines.length > 0 && backend !== "simulated" && backend !== "sysfs";
  return { part: "gpio", title: words("GPIO", "GPIO"), says, findings: asks ? taken(chip, lines, users) : [] };
}

function taken(chip: string | undefined, lines: readonly number[], users: typeof lineUsers): readonly DoctorFinding[] {
  try {
    return users(chip, lines).flatMap(({ offset, by }) => {
      if (by === undefined) return [found("GPIO_LINE_MISSING", `line ${offset}`)];
      return by === "" || by === "gatepost" ? [] : [found("GPIO_TAKEN", `line ${offset}: ${by}`)];
    });
  } catch (cause) {
    if (!(cause instanceof GateError)) throw cause;
    return [found("GPIO_MISSING", cause.message)];
  }
}

export function serialPart(machine: MachinePlaces, wires: Wiring): DoctorPart {
  const user = userOf(machine, SERVICE_USER);
  const paths = wires.serialBuses.flatMap(({ path }) => (path === undefined ? [] : [path]));
  const findings = paths.flatMap((path) => {
    const node = statOf(path);
    if (node === undefined) return [found("SERIAL_MISSING", path)];
    const unstable = /^\/dev\/tty(USB|ACM)\d+$/.test(path) ? [found("SERIAL_NAME_UNSTABLE", path)] : [];
    const barred = user !== undefined && !mayUse(user, node);
    return barred ? [found("SERIAL_FORBIDDEN", path), ...unstable] : unstable;
  });
  return { part: "serial", title: words("串口", "Serial lines"), says: paths.join(" ") || "–", findings };
}

export function certificatePart({ secrets }: Pick<Loaded, "secrets">, now: Date): DoctorPart {
  const files = [...secrets.files].filter(([place]) => /\.(cert|certFile|caFile)$/.test(place));
  const findings = files.flatMap(([place, pem]) => certificate(place, pem, now));
  return { part: "certificates", title: words("证书", "Certificates"), says: String(files.length), findings };
}

function certificate(place: string, pem: string, now: Date): readonly DoctorFinding[] {
  let read: X509Certificate;
  try {
    read = new X509Certificate(pem);
  } catch {
    return [found("CERTIFICATE_UNREADABLE", place)];
  }
  const from = Date.parse(read.validFrom);
  const until = Date.parse(read.validTo);
  const shown = `${place}: ${read.validFrom} – ${read.validTo}`;
  if (now.getTime() < from || now.getTime() >= until) return [found("CERTIFICATE_OVER", shown)];
  return now.getTime() + SOON_MS >= until ? [found("CERTIFICATE_SOON", shown)] : [];
}
