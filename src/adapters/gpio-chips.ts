/** Which chip is meant, when there are several. */
import { GateError } from "../core/fault.ts";

/** The chips that carry the pins of a Raspberry Pi's header, newest first. */
const HEADERS = ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835"];

export interface Chip {
  /** `gpiochip0`, as the kernel numbers it today. */
  readonly name: string;
  /** What stays the same over restarts: `pinctrl-rp1`. */
  readonly label: string;
  readonly lines: number;
}

/**
 * The chip of that label, name or device path; without one the Pi's header, or the only chip there is.
 * @throws GateError GPIO_UNAVAILABLE with the chips there are
 */
export function chosenChip<C extends Chip>(chips: readonly C[], wanted: string | undefined, where: string): C {
  const there = chips.map((chip) => `${chip.name} [${chip.label}]`).join(", ");
  const context = { chip: wanted, where };
  if (chips.length === 0) throw new GateError("GPIO_UNAVAILABLE", `${where}: no GPIO chip`, { context });
  const fitting =
    wanted === undefined
      ? usual(chips)
      : chips.filter((chip) => [chip.label, chip.name, `/dev/${chip.name}`].includes(wanted));
  const [chip, second] = fitting;
  if (chip !== undefined && second === undefined) return chip;
  const why =
    chip === undefined ? `no chip \`${wanted}\`` : wanted === undefined ? "which chip?" : `\`${wanted}\` fits several`;
  throw new GateError("GPIO_UNAVAILABLE", `${where}: ${why}; there are ${there}`, { context });
}

function usual<C extends Chip>(chips: readonly C[]): readonly C[] {
  const header = HEADERS.map((label) => chips.filter((chip) => chip.label === label)).find((found) => found.length > 0);
  return header ?? chips;
}
