/** The systemd unit that a gate runs in, asked and restarted by `systemctl`. */
import { spawnSync } from "node:child_process";
import { GateError } from "../core/fault.ts";

const ANSWERS_WITHIN_MS = 20_000;

export interface Unit {
  readonly name: string;
  /** Whether systemd keeps it at work, be it that it fails again and again. False also where there is no systemd. */
  isKept(): boolean;
  /** How often systemd has begun it again by itself; 0 = never, or not known. */
  restarts(): number;
  /** Doesn't wait for it. @throws GateError CONFIG_NOT_APPLIED */
  restart(): void;
}

export function openUnit(name: string, env: NodeJS.ProcessEnv): Unit {
  const systemctl = (...args: readonly string[]) =>
    spawnSync("systemctl", args, { env, encoding: "utf8", timeout: ANSWERS_WITHIN_MS });
  const property = (key: string): string => systemctl("show", "-p", key, "--value", name).stdout?.trim() ?? "";
  return {
    name,
    isKept: () => !["", "inactive"].includes(property("ActiveState")),
    restarts: () => Number(property("NRestarts")) || 0,
    restart() {
      const { status, stderr, error } = systemctl("restart", "--no-block", name);
      if (status === 0) return;
      throw new GateError("CONFIG_NOT_APPLIED", `systemctl restart ${name}: ${(stderr || error?.message) ?? status}`);
    },
  };
}
