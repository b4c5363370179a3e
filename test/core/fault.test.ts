import { describe, expect, it } from "vitest";
import { FAULTS, GateError } from "../../src/core/fault.ts";

describe("a fault of the world", () => {
  it("has its code in the message, and keeps cause and context", () => {
    const cause = new Error("EACCES");
    const fault = new GateError("SERIAL_UNAVAILABLE", "/dev/ttyUSB0", { cause, context: { path: "/dev/ttyUSB0" } });
    expect(fault.message).toBe("SERIAL_UNAVAILABLE: /dev/ttyUSB0");
    expect([fault.code, fault.name, fault.cause, fault.context]).toEqual([
      "SERIAL_UNAVAILABLE",
      "GateError",
      cause,
      { path: "/dev/ttyUSB0" },
    ]);
  });

  it("has no cause where there is none", () => {
    const fault = new GateError("PORT_BUSY", "8080");
    expect("cause" in fault).toBe(false);
    expect(fault.context).toEqual({});
  });

  it.each(Object.entries(FAULTS))("%s is said in both languages", (_code, words) => {
    expect(words).toMatch(/^[A-Z].* .*\p{Script=Han}/u);
  });
});
