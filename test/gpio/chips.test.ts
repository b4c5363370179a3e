// Which chip, which backend, and how the ones that can't be had are told.
import { execFileSync } from "node:child_process";
import { closeSync, constants, fstatSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openGpio } from "../../src/adapters/gpio.ts";
import { openChardev } from "../../src/adapters/gpio-chardev.ts";
import { chosenChip } from "../../src/adapters/gpio-chips.ts";
import { offeredBackend } from "../../src/adapters/gpio-drivers.ts";
import { lineFault } from "../../src/adapters/gpio-lines.ts";
import { AT, REQUEST } from "../../src/adapters/gpio-structs.ts";
import { openSysfs, sysfsChips } from "../../src/adapters/gpio-sysfs.ts";
import { until } from "./support/keeper.ts";

const top = mkdtempSync(join(tmpdir(), "gatepost-chips-"));
afterAll(() => rmSync(top, { recursive: true }));
let made = 0;

/** A directory as /sys/class/gpio looks. */
function sysfs(
  chips: readonly { readonly base: number; readonly label: string; readonly lines: number | string }[],
): string {
  const root = join(top, `sysfs${++made}`);
  mkdirSync(root);
  writeFileSync(join(root, "export"), "");
  writeFileSync(join(root, "unexport"), "");
  for (const { base, label, lines } of chips) {
    const dir = join(root, `gpiochip${base}`);
    mkdirSync(dir);
    writeFileSync(join(dir, "base"), `${base}\n`);
    writeFileSync(join(dir, "label"), `${label}\n`);
    writeFileSync(join(dir, "ngpio"), `${lines}\n`);
  }
  return root;
}

/** A directory as /dev, with files in place of the devices. */
function dev(names: readonly string[]): string {
  const root = join(top, `dev${++made}`);
  mkdirSync(root);
  for (const name of names) writeFileSync(join(root, name), "");
  return root;
}

const fault = (code: string, ...texts: readonly string[]) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(new RegExp(texts.map((text) => text.replace(/[[\]./*]/g, "\\$&")).join(".*"))),
  });

/** What `act` throws. */
function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (cause) {
    return cause;
  }
  return "nothing thrown";
}

describe("the base of a sysfs chip", () => {
  it.each([
    ["kernel 6.1", 996, "gpio-sim.0-node0"],
    ["Pi 4, kernel ≥ 6.6", 512, "pinctrl-bcm2711"],
    ["Pi 5, kernel ≥ 6.6", 571, "pinctrl-rp1"],
    ["old Pi", 0, "pinctrl-bcm2835"],
  ])("%s: %s", (_machine, base, label) => {
    const root = sysfs([{ base, label, lines: 54 }]);
    expect(sysfsChips(root)).toEqual([{ name: `gpiochip${base}`, label, base, lines: 54 }]);
    expect(openSysfs(label, root)).toMatchObject({
      backend: "sysfs",
      place: `${root}/gpiochip${base} [${label}]`,
      count: 54,
    });
  });

  it("a Pi 5 with its many chips: the header's, without being told", () => {
    const root = sysfs([
      { base: 512, label: "gpio-brcmstb@107d508500", lines: 32 },
      { base: 544, label: "gpio-brcmstb@107d517c00", lines: 18 },
      { base: 571, label: "pinctrl-rp1", lines: 54 },
    ]);
    expect(openSysfs(undefined, root).place).toContain("[pinctrl-rp1]");
    expect(openSysfs("gpiochip544", root).place).toContain("gpio-brcmstb@107d517c00");
  });

  it.each<[string, Parameters<typeof sysfs>[0], string | undefined, readonly string[]]>([
    ["no chip", [], undefined, ["no GPIO chip"]],
    ["another chip", [{ base: 0, label: "a", lines: 8 }], "pinctrl-rp1", ["no chip `pinctrl-rp1`", "gpiochip0 [a]"]],
    [
      "two and no word which",
      [
        { base: 0, label: "a", lines: 8 },
        { base: 8, label: "b", lines: 8 },
      ],
      undefined,
      ["which chip?"],
    ],
    [
      "two of one label",
      [
        { base: 0, label: "a", lines: 8 },
        { base: 8, label: "a", lines: 8 },
      ],
      "a",
      ["`a` fits several"],
    ],
    ["no number", [{ base: 0, label: "a", lines: "many" }], undefined, ["base or ngpio is no number"]],
  ])("%s is said", (_what, chips, wanted, texts) => {
    const root = sysfs(chips);
    expect(thrown(() => openSysfs(wanted, root))).toEqual(fault("GPIO_UNAVAILABLE", ...texts));
  });
});

describe("the backend", () => {
  const nothing = join(top, "nothing");
  it("is the character device where there is one, even beside sysfs", () => {
    expect(offeredBackend({ dev: dev(["gpiochip0", "null"]), sysfs: sysfs([]) })).toBe("character-device");
  });
  it("is sysfs where only that exists", () => {
    expect(offeredBackend({ dev: dev(["null"]), sysfs: sysfs([]) })).toBe("sysfs");
  });
  it("is a fault where neither exists", () => {
    const places = { dev: dev(["gpiomem"]), sysfs: nothing };
    const open = () =>
      openGpio({ backend: "auto", places, simulationAllowed: true, now: () => 0, onFault: () => undefined });
    expect(thrown(open)).toEqual(fault("GPIO_UNAVAILABLE", `no ${places.dev}/gpiochip`, nothing));
  });
  it("is never a simulation that wasn't allowed", () => {
    const open = () =>
      openGpio({ backend: "simulated", simulationAllowed: false, now: () => 0, onFault: () => undefined });
    expect(thrown(open)).toEqual(fault("SIMULATION_REFUSED", "simulation: true"));
  });
});

describe("the character device", () => {
  it("a file that is no GPIO chip is refused by the kernel itself", () => {
    const root = dev(["gpiochip0"]);
    expect(thrown(() => openChardev(undefined, root))).toEqual(fault("GPIO_FAILED", `${root}/gpiochip0`, "ENOTTY"));
  });

  /** A kernel that answers as linux/gpio.h says; `errno` on taking a line. */
  function kernel(answers: {
    readonly line?: string;
    readonly consumer?: string;
    readonly lineInfo?: string;
    readonly lineFd?: number;
  }) {
    const asked: number[] = [];
    const ioctl = (_fd: number, request: number, bytes: Buffer): void => {
      asked.push(request);
      const fail = (code: string) => {
        throw Object.assign(new Error(code), { code });
      };
      if (request === REQUEST.chipInfo) {
        bytes.write("gpiochip0\0", AT.chipInfo.name);
        bytes.write("pinctrl-rp1\0", AT.chipInfo.label);
        bytes.writeUInt32LE(54, AT.chipInfo.lines);
      }
      if (request === REQUEST.lineInfo) {
        if (answers.lineInfo !== undefined) fail(answers.lineInfo);
        bytes.write(`${answers.consumer ?? ""}\0`, AT.lineInfo.consumer);
      }
      if (request === REQUEST.line && answers.line !== undefined) fail(answers.line);
      if (request === REQUEST.line && answers.lineFd !== undefined)
        bytes.writeInt32LE(answers.lineFd, AT.lineRequest.fd);
    };
    return { asked, ioctl };
  }

  it("a busy line names the program that has it", () => {
    const lines = openChardev("pinctrl-rp1", dev(["gpiochip0"]), kernel({ line: "EBUSY", consumer: "gpioset" }).ioctl);
    expect(lines).toMatchObject({ backend: "character-device", count: 54 });
    expect(thrown(() => lines.output(17, true))).toEqual(fault("GPIO_BUSY", "line 17", "`gpioset`"));
  });

  const button = { offset: 5, activeLow: false, bias: "up", debounceMs: 5 } as const;

  it("an input that can't be listened to is a fault of the line", () => {
    const lineFd = openSync(join(top, "a-file"), "w"); // epoll takes no plain files
    const lines = openChardev(undefined, dev(["gpiochip0"]), kernel({ lineFd }).ioctl);
    expect(thrown(() => lines.input(button, () => undefined))).toEqual(fault("GPIO_FAILED", "line 5", "listen"));
    expect(thrown(() => fstatSync(lineFd))).toMatchObject({ code: "EBADF" });
  });

  it("an input whose changes can't be heard any more is broken, whatever level it tells, so that it is taken anew", async () => {
    const fifo = join(top, "a-fifo");
    execFileSync("mkfifo", [fifo]);
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const lineFd = openSync(fifo, constants.O_WRONLY);
    const lines = openChardev(undefined, dev(["gpiochip0"]), kernel({ lineFd }).ioctl);
    let heard = 0;
    const line = lines.input(button, () => heard++);
    expect(line.read()).toBe(false);
    closeSync(reader); // epoll tells of an end that has lost its other one; it can't be read
    await until(() => heard > 0, "the trouble");
    expect(thrown(() => line.read())).toEqual(fault("GPIO_FAILED", "line 5", "hear the line's changes", "EBADF"));
    line.close();
  });

  it("a kernel with version 1 only is told", () => {
    const { ioctl } = kernel({ lineInfo: "EINVAL" });
    expect(thrown(() => openChardev(undefined, dev(["gpiochip0"]), ioctl))).toEqual(
      fault("GPIO_FAILED", "version 2", "EINVAL"),
    );
  });
});

describe("faults", () => {
  it.each([
    ["EBUSY", "GPIO_BUSY", "another program"],
    ["EACCES", "GPIO_UNAVAILABLE", "group `gpio`"],
    ["EPERM", "GPIO_UNAVAILABLE", "group `gpio`"],
    ["ENOENT", "GPIO_UNAVAILABLE", "isn't there"],
    ["ENODEV", "GPIO_FAILED", "ENODEV"],
  ])("%s is %s", (errno, code, text) => {
    expect(lineFault(errno, "/dev/gpiochip0", "open the chip")).toEqual(fault(code, "/dev/gpiochip0", text));
  });
  it("a label that is a device path's name too stays unambiguous", () => {
    const chips = [
      { name: "gpiochip0", label: "gpiochip1", lines: 1 },
      { name: "gpiochip1", label: "x", lines: 1 },
    ];
    expect(chosenChip(chips, "x", "/dev").name).toBe("gpiochip1");
    expect(chosenChip(chips, "/dev/gpiochip0", "/dev").name).toBe("gpiochip0");
    expect(thrown(() => chosenChip(chips, "gpiochip1", "/dev"))).toEqual(fault("GPIO_UNAVAILABLE", "fits several"));
  });
});
