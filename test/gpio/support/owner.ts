/** A service in small, as a process of its own to be killed and stopped: opens GPIO and does what it reads. */
import { createInterface } from "node:readline";
import { openGpio } from "../../../src/adapters/gpio.ts";

const [backend = "", chip = "", keeper = ""] = process.argv.slice(2);
const gpio = openGpio({
  backend: backend === "sysfs" || backend === "character-device" ? backend : "simulated",
  chip,
  keeper,
  simulationAllowed: true,
  now: () => performance.now(),
  onFault: (fault) => console.log(`fault ${fault.message}`),
});
const relay = gpio.output({ offset: 5, activeLow: true });
void gpio.claimed().then(() => console.log(`claimed ${gpio.keeperPid}`));

createInterface({ input: process.stdin }).on("line", (line) => {
  const [word, value] = line.split(" ");
  if (word === "pulse")
    relay.pulse(Number(value)).then(
      () => console.log("ended"),
      (cause) => console.log(`${cause}`),
    );
  if (word === "hold")
    relay.hold(value === "on").then(
      () => console.log(`held ${value}`),
      (cause) => console.log(`${cause}`),
    );
  if (word === "block") {
    console.log("blocked");
    const end = performance.now() + Number(value);
    while (performance.now() < end);
    console.log("free");
  }
});
