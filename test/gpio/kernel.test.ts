// The real drivers against the kernel's own GPIO simulator, by the character device and by sysfs. Runs where gpio-sim
// is loaded and configfs mounted (root); everywhere else it is skipped, and the keeper's own tests stand for it.
import { spawn } from "node:child_process";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openGpio } from "../../src/adapters/gpio.ts";
import type { GateError } from "../../src/core/fault.ts";
import type { ContactLevel } from "../../src/core/terms.ts";
import { hasSimulator, hasSysfsGpio, type KernelChip, kernelChip } from "./support/chip.ts";
import { bundled, lives, until, workshop } from "./support/keeper.ts";

const BACKENDS = ["character-device", ...(hasSysfsGpio() ? (["sysfs"] as const) : [])] as const;

describe.runIf(hasSimulator())("with the kernel's simulator", () => {
  const { dir, clear } = workshop();
  let keeper = "";
  let owner = "";
  beforeAll(async () => {
    keeper = await bundled("src/adapters/gpio-keeper.ts", dir, "keeper.cjs");
    owner = await bundled("test/gpio/support/owner.ts", dir, "owner.cjs");
  }, 300_000);
  afterAll(clear);

  describe.each(BACKENDS)("%s", (backend) => {
    let chip: KernelChip;
    let made = 0;
    const ends: (() => Promise<void> | void)[] = [];
    beforeEach(() => {
      chip = kernelChip(`gatepost-${backend}-${process.pid}-${++made}`.slice(-31));
    });
    afterEach(async () => {
      for (const end of ends.splice(0)) await end();
      chip.remove();
    });
    function opened() {
      const faults: GateError[] = [];
      const gpio = openGpio({
        backend,
        chip: chip.label,
        keeper,
        simulationAllowed: false,
        now: () => performance.now(),
        onFault: (fault) => void faults.push(fault),
      });
      ends.push(() => gpio.close());
      return { gpio, faults };
    }

    it.each([
      [true, "1", "0"],
      [false, "0", "1"],
    ])(
      "an output, active low %s: inactive at once, a pulse, inactive",
      { timeout: 120_000 },
      async (activeLow, rest, on) => {
        const { gpio, faults } = opened();
        expect(gpio.backend).toBe(backend);
        const relay = gpio.output({ offset: 5, activeLow });
        await gpio.claimed();
        expect(chip.voltage(5)).toBe(rest);
        const pulse = relay.pulse(1_500);
        await until(() => chip.voltage(5) === on, "the line rises", 20_000);
        await pulse;
        expect(chip.voltage(5)).toBe(rest);
        expect(faults).toEqual([]);
      },
    );

    it("the owner killed in a pulse: the line falls", { timeout: 120_000 }, async () => {
      const child = spawn(process.execPath, [owner, backend, chip.label, keeper], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      ends.push(() => void child.kill("SIGKILL"));
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
      await until(() => said.includes("claimed"), "the owner has its line", 60_000);
      const pid = Number(said.trim().split(" ")[1]);
      expect(chip.voltage(5)).toBe("1");
      child.stdin.write("pulse 5000\n");
      await until(() => chip.voltage(5) === "0", "the line rises", 20_000);
      child.kill("SIGKILL");
      await until(() => !lives(pid), "the keeper ends", 20_000);
      // The character device's line is released to its pull; what counts is that nobody drives it active.
      if (backend === "sysfs") expect(chip.voltage(5)).toBe("1");
      const { gpio } = opened();
      gpio.output({ offset: 5, activeLow: true });
      await gpio.claimed();
      expect(chip.voltage(5)).toBe("1");
    });

    it("the keeper killed in a pulse: the next one lets the line fall", { timeout: 120_000 }, async () => {
      const { gpio } = opened();
      const relay = gpio.output({ offset: 5, activeLow: true });
      await gpio.claimed();
      const pulse = expect(relay.pulse(5_000)).rejects.toMatchObject({ code: "COMMAND_UNCERTAIN" });
      await until(() => chip.voltage(5) === "0", "the line rises", 20_000);
      process.kill(gpio.keeperPid ?? 0, "SIGKILL");
      await pulse;
      await gpio.claimed();
      expect(chip.voltage(5)).toBe("1");
    });

    it("an input: its level at once, then every change", { timeout: 120_000 }, async () => {
      chip.wire(2, true);
      const { gpio, faults } = opened();
      const levels: ContactLevel[] = [];
      gpio.input({ offset: 2, activeLow: true, bias: "none", debounceMs: 20 }, (level) => void levels.push(level));
      expect(levels).toEqual(["off"]);
      for (const [high, level] of [
        [false, "on"],
        [true, "off"],
        [false, "on"],
      ] as const) {
        chip.wire(2, high);
        await until(() => levels.at(-1) === level, `${level}`, 20_000);
      }
      expect(faults).toEqual([]);
    });

    it("a chip that is pulled out: unknown; back in: its level again", { timeout: 120_000 }, async () => {
      const { gpio, faults } = opened();
      const levels: ContactLevel[] = [];
      gpio.input({ offset: 2, activeLow: false, bias: "none", debounceMs: 0 }, (level) => void levels.push(level));
      expect(levels).toEqual(["off"]);
      chip.unplug();
      await until(() => levels.at(-1) === "unknown", "unknown", 20_000);
      chip.plug();
      chip.wire(2, true);
      await until(() => levels.at(-1) === "on", "on", 20_000);
      expect(faults.length).toBeGreaterThan(0);
    });
  });

  it("a line another program has: busy, with that program's name", { timeout: 120_000 }, async () => {
    const chip = kernelChip(`gatepost-busy-${process.pid}`);
    const faults: GateError[] = [];
    const settings = { backend: "auto", chip: chip.label, keeper, simulationAllowed: false } as const;
    const deps = { now: () => performance.now(), onFault: (fault: GateError) => void faults.push(fault) };
    const first = openGpio({ ...settings, ...deps });
    const second = openGpio({ ...settings, ...deps });
    const wish = { offset: 3, activeLow: false };
    first.output(wish);
    await first.claimed();
    const relay = second.output(wish);
    await expect(relay.pulse(100)).rejects.toMatchObject({ code: "GPIO_FAILED" });
    await until(() => faults.length > 0, "the fault", 20_000);
    expect(faults[0]).toMatchObject({
      code: "GPIO_BUSY",
      message: expect.stringContaining("line 3: can't take the line: the program `gatepost` has it"),
    });
    const levels: ContactLevel[] = [];
    second.input({ ...wish, bias: "none", debounceMs: 0 }, (level) => void levels.push(level));
    expect(levels).toEqual(["unknown"]);
    await first.close();
    await second.claimed();
    await relay.pulse(20);
    await second.close();
    chip.remove();
  });
});
