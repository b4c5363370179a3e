// Promises 1 and "the end of a pulse doesn't depend on the process that began it" (reliability.md), with real
// processes: the keeper as it is built, owners that are killed, stopped and blocked in the middle of a pulse.
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openGpio } from "../../src/adapters/gpio.ts";
import { GateError } from "../../src/core/fault.ts";
import { type Bench, bench, bundled, lives, until, workshop } from "./support/keeper.ts";

const { dir, clear } = workshop();
let keeper = "";
let owner = "";
beforeAll(async () => {
  keeper = await bundled("src/adapters/gpio-keeper.ts", dir, "keeper.cjs");
  owner = await bundled("test/gpio/support/owner.ts", dir, "owner.cjs");
});
afterAll(clear);

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

interface Owner {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly keeperPid: number;
  readonly said: string[];
  tell(order: string): void;
}

/** Starts an owner of line 5 (active low) and waits until the line is its own. */
async function owned(on: Bench): Promise<Owner> {
  const child = spawn(process.execPath, [owner, "simulated", on.dir, keeper], { stdio: ["pipe", "pipe", "inherit"] });
  endings.push(() => void child.kill("SIGKILL"));
  const said: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => said.push(...text.trim().split("\n")));
  await until(() => said.some((line) => line.startsWith("claimed")), "the owner has its line");
  const keeperPid = Number(said.find((line) => line.startsWith("claimed"))?.split(" ")[1]);
  return { child, pid: child.pid ?? 0, keeperPid, said, tell: (order) => void child.stdin.write(`${order}\n`) };
}

const active = (on: Bench) => on.acts().at(-1)?.active === true;

/** How long the only stretch of being active was. */
function stretch(on: Bench): number {
  const acts = on.acts();
  const rise = acts.find((act) => act.active);
  const fall = acts.find((act) => rise !== undefined && act.at > rise.at && !act.active);
  if (rise === undefined || fall === undefined) throw new Error("no rise and fall");
  return fall.at - rise.at;
}

function gpioOn(on: Bench) {
  const faults: GateError[] = [];
  const gpio = openGpio({
    backend: "simulated",
    chip: on.dir,
    keeper,
    simulationAllowed: true,
    now: () => performance.now(),
    onFault: (fault) => void faults.push(fault),
  });
  endings.push(() => gpio.close());
  return { gpio, faults };
}

describe("a pulse", () => {
  it("rises, lasts at least as long as asked, falls, and then resolves", async () => {
    const on = bench();
    const { gpio } = gpioOn(on);
    const relay = gpio.output({ offset: 4, activeLow: false });
    await gpio.claimed();
    await relay.pulse(120);
    expect(on.acts().map((act) => [act.what, act.active])).toEqual([
      ["claim", false],
      ["set", true],
      ["set", false],
    ]);
    expect(stretch(on)).toBeGreaterThanOrEqual(119.5);
    expect(on.voltage(4)).toBe("0");
  });

  it("right after the line was asked for waits for the line", async () => {
    const on = bench();
    await gpioOn(on).gpio.output({ offset: 4, activeLow: false }).pulse(20);
    expect(on.acts().map((act) => act.what)).toEqual(["claim", "set", "set"]);
  });

  it.each([0, 9.99, 5_000.1, -1, Number.NaN, Number.POSITIVE_INFINITY])("of %s ms is refused", async (ms) => {
    const on = bench();
    const relay = gpioOn(on).gpio.output({ offset: 4, activeLow: false });
    await expect(relay.pulse(ms)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  it("over another lengthens it: one rise, one fall", async () => {
    const on = bench();
    const { gpio } = gpioOn(on);
    const relay = gpio.output({ offset: 4, activeLow: false });
    await gpio.claimed();
    await Promise.all([relay.pulse(100), relay.pulse(300), relay.pulse(50)]);
    expect(on.acts().filter((act) => act.what === "set")).toHaveLength(2);
    expect(stretch(on)).toBeGreaterThanOrEqual(299.5);
  });

  it("on a held line is refused; letting go ends everything", async () => {
    const on = bench();
    const { gpio } = gpioOn(on);
    const relay = gpio.output({ offset: 4, activeLow: false });
    await gpio.claimed();
    await relay.hold(true);
    expect(active(on)).toBe(true);
    await expect(relay.pulse(50)).rejects.toMatchObject({ code: "GPIO_BUSY" });
    await relay.hold(false);
    expect(active(on)).toBe(false);
  });
});

describe("the first touch", () => {
  it.each([
    [true, "1"],
    [false, "0"],
  ])("of a line left active by a dead process is inactive (active low: %s)", async (activeLow, resting) => {
    const on = bench();
    on.wire(17, resting === "1" ? "0" : "1");
    const { gpio } = gpioOn(on);
    gpio.output({ offset: 17, activeLow });
    await gpio.claimed();
    expect(on.voltage(17)).toBe(resting);
    expect(on.acts().map((act) => [act.what, act.active])).toEqual([["claim", false]]);
  });

  it("is not followed by another over starts and ends", async () => {
    const on = bench();
    for (let turn = 0; turn < 3; turn += 1) {
      const { gpio } = gpioOn(on);
      gpio.output({ offset: 17, activeLow: true });
      await gpio.claimed();
      await gpio.close();
    }
    expect(on.acts().filter((act) => act.active)).toEqual([]);
  });
});

describe("the owner in the middle of a pulse", () => {
  it("killed: the line falls at once and the keeper goes", async () => {
    const on = bench();
    const { child, keeperPid, tell } = await owned(on);
    tell("pulse 5000");
    await until(() => active(on), "the line rises");
    child.kill("SIGKILL");
    await until(() => !active(on), "the line falls");
    expect(on.voltage(5)).toBe("1");
    await until(() => !lives(keeperPid), "the keeper ends");
    expect(stretch(on)).toBeLessThan(5_000);
  });

  it("stopped: the line falls when it should", async () => {
    const on = bench();
    const { child, tell, said } = await owned(on);
    tell("pulse 400");
    await until(() => active(on), "the line rises");
    child.kill("SIGSTOP");
    await until(() => !active(on), "the line falls");
    expect(stretch(on)).toBeGreaterThanOrEqual(399.5);
    expect(said).not.toContain("ended");
    child.kill("SIGCONT");
    await until(() => said.includes("ended"), "the owner hears of it");
    expect(said.filter((line) => line.startsWith("fault"))).toEqual([]);
  });

  it("blocked: the line falls while its loop stands", async () => {
    const on = bench();
    const { tell, said } = await owned(on);
    tell("pulse 300");
    await until(() => active(on), "the line rises");
    tell("block 2500");
    await until(() => !active(on), "the line falls");
    expect(said).not.toContain("free");
    expect(stretch(on)).toBeGreaterThanOrEqual(299.5);
    await until(() => said.includes("ended"), "the owner hears of it");
  });

  it.each([0, 30, 60, 90, 120, 150])(
    "killed %s ms after asking: ends inactive, whatever was under way",
    async (afterMs) => {
      const on = bench();
      const { child, keeperPid, tell } = await owned(on);
      tell("pulse 150");
      const from = performance.now();
      await until(() => performance.now() - from >= afterMs, "its time");
      child.kill("SIGKILL");
      await until(() => !lives(keeperPid), "the keeper ends");
      expect(active(on)).toBe(false);
      expect(on.voltage(5)).toBe("1");
    },
  );

  it("holding, then stopped: the line falls for want of a beat, and is told of", async () => {
    const on = bench();
    const { child, tell, said } = await owned(on);
    tell("hold on");
    await until(() => said.includes("held on"), "it is held");
    child.kill("SIGSTOP");
    await until(() => !active(on), "the line falls");
    child.kill("SIGCONT");
    await until(() => said.some((line) => line.includes("held line 5 fell")), "the owner hears of it");
    expect(active(on)).toBe(false);
  });

  it("holding, then killed: the line falls", async () => {
    const on = bench();
    const { child, tell, said } = await owned(on);
    tell("hold on");
    await until(() => said.includes("held on"), "it is held");
    child.kill("SIGKILL");
    await until(() => !active(on), "the line falls");
  });
});

describe("the keeper", () => {
  it("killed in a pulse: the pulse is uncertain, a fault is told, the next keeper's first act lets the line fall", async () => {
    const on = bench();
    const { gpio, faults } = gpioOn(on);
    const relay = gpio.output({ offset: 17, activeLow: true });
    await gpio.claimed();
    const first = gpio.keeperPid ?? 0;
    const pulse = expect(relay.pulse(5_000)).rejects.toMatchObject({ code: "COMMAND_UNCERTAIN" });
    await until(() => active(on), "the line rises");
    process.kill(first, "SIGKILL");
    await pulse;
    // As on a Raspberry Pi's kernel: nobody let it fall yet.
    await expect(relay.pulse(50)).rejects.toMatchObject({ code: "GPIO_FAILED" });
    await gpio.claimed();
    expect(on.voltage(17)).toBe("1");
    const next = on.acts().filter((act) => act.pid !== first);
    expect(next.map((act) => [act.what, act.active])).toEqual([["claim", false]]);
    expect(faults.map((fault) => fault.code)).toEqual(["GPIO_FAILED"]);
    expect(faults[0]?.message).toContain("SIGKILL");
    await relay.pulse(20);
    expect(on.acts().filter((act) => act.active)).toHaveLength(2);
  });

  it("stopped: found by its silence, killed and replaced, nothing done late", async () => {
    const on = bench();
    const { gpio, faults } = gpioOn(on);
    const relay = gpio.output({ offset: 17, activeLow: true });
    await gpio.claimed();
    const first = gpio.keeperPid ?? 0;
    process.kill(first, "SIGSTOP");
    await expect(relay.pulse(50)).rejects.toMatchObject({ code: "COMMAND_UNCERTAIN" });
    await gpio.claimed();
    expect(gpio.keeperPid).not.toBe(first);
    expect(lives(first)).toBe(false);
    expect(on.acts().filter((act) => act.active)).toEqual([]);
    expect(faults.map((fault) => fault.code)).toEqual(["GPIO_FAILED"]);
  });

  it("told to end: lets all lines fall first", async () => {
    const on = bench();
    const { gpio, faults } = gpioOn(on);
    const relay = gpio.output({ offset: 17, activeLow: true });
    await gpio.claimed();
    const pulse = expect(relay.pulse(5_000)).rejects.toMatchObject({ code: "COMMAND_UNCERTAIN" });
    await until(() => active(on), "the line rises");
    process.kill(gpio.keeperPid ?? 0, "SIGTERM");
    await pulse;
    expect(active(on)).toBe(false);
    await until(() => faults.length === 1, "the fault");
    await gpio.claimed();
  });

  it("told to end together with us (systemd's stop): no fault", async () => {
    const on = bench();
    const { gpio, faults } = gpioOn(on);
    gpio.output({ offset: 17, activeLow: true });
    await gpio.claimed();
    const pid = gpio.keeperPid ?? 0;
    process.kill(pid, "SIGTERM");
    await until(() => gpio.keeperPid === undefined, "its end is known");
    await gpio.close();
    expect(faults).toEqual([]);
  });

  it("refuses orders it reads too late", async () => {
    const on = bench();
    const child = spawn(process.execPath, [keeper, JSON.stringify({ backend: "simulated", chip: on.dir })]);
    endings.push(() => void child.kill("SIGKILL"));
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const askedAt = Number(process.hrtime.bigint()) / 1e6 - 1_500;
    for (const order of [
      { do: "claim", id: 1, offset: 3, activeLow: false },
      { do: "pulse", id: 2, offset: 3, ms: 100, askedAt },
      { do: "hold", id: 3, offset: 3, active: true, askedAt },
      { do: "pulse", id: 4, offset: 3, ms: 6_000, askedAt: askedAt + 1_500 },
      { do: "pulse", id: 5, offset: 9, ms: 100, askedAt: askedAt + 1_500 },
    ])
      child.stdin.write(`${JSON.stringify(order)}\n`);
    child.stdin.write("{ not json\n[]\n{}\n");
    await until(() => said.split("\n").length > 5, "five answers");
    const words = said
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(words).toMatchObject([
      { is: "done", id: 1 },
      { is: "failed", id: 2, code: "COMMAND_FAILED" },
      { is: "failed", id: 3, code: "COMMAND_FAILED" },
      { is: "failed", id: 4, code: "INPUT_INVALID" },
      { is: "failed", id: 5, code: "GPIO_FAILED" },
    ]);
    expect(on.acts().filter((act) => act.active)).toEqual([]);
  });

  it("that can't start says why once and is tried again", async () => {
    const faults: GateError[] = [];
    const program = join(dir, "broken.cjs");
    writeFileSync(program, "process.exit(7);\n");
    const gpio = openGpio({
      backend: "simulated",
      chip: bench().dir,
      keeper: program,
      simulationAllowed: true,
      now: () => performance.now(),
      onFault: (fault) => void faults.push(fault),
    });
    endings.push(() => gpio.close());
    const relay = gpio.output({ offset: 5, activeLow: false });
    await until(() => faults.length > 0, "the fault");
    await expect(relay.pulse(50)).rejects.toBeInstanceOf(GateError);
    expect(faults.map((fault) => fault.message)).toEqual([
      "GPIO_FAILED: the keeper of the outputs ended (code 7); started again",
    ]);
  });
});
