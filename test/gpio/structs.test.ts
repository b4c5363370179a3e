// The structures of the character device as we pack them, held against the C compiler and linux/gpio.h.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  AT,
  ATTR,
  chipOf,
  consumerOf,
  EVENT,
  eventLevels,
  FLAG,
  lineInfoRequest,
  lineLevel,
  lineRequest,
  lineValues,
  REQUEST,
  requestedFd,
  SIZES,
} from "../../src/adapters/gpio-structs.ts";

const size = (type: string) => `sizeof(struct ${type})`;
const at = (type: string, field: string) => `offsetof(struct ${type}, ${field})`;

/** What C says on the left must be what we have on the right. */
const CLAIMS: readonly (readonly [c: string, ours: number | bigint])[] = [
  [size("gpiochip_info"), SIZES.chipInfo],
  [size("gpio_v2_line_info"), SIZES.lineInfo],
  [size("gpio_v2_line_request"), SIZES.lineRequest],
  [size("gpio_v2_line_values"), SIZES.lineValues],
  [size("gpio_v2_line_event"), SIZES.lineEvent],
  [size("gpio_v2_line_config_attribute"), AT.attr.size],
  [at("gpiochip_info", "name"), AT.chipInfo.name],
  [at("gpiochip_info", "label"), AT.chipInfo.label],
  [at("gpiochip_info", "lines"), AT.chipInfo.lines],
  [at("gpio_v2_line_info", "consumer"), AT.lineInfo.consumer],
  [at("gpio_v2_line_info", "offset"), AT.lineInfo.offset],
  [at("gpio_v2_line_info", "flags"), AT.lineInfo.flags],
  [at("gpio_v2_line_request", "offsets"), AT.lineRequest.offsets],
  [at("gpio_v2_line_request", "consumer"), AT.lineRequest.consumer],
  [at("gpio_v2_line_request", "config.flags"), AT.lineRequest.flags],
  [at("gpio_v2_line_request", "config.num_attrs"), AT.lineRequest.attrCount],
  [at("gpio_v2_line_request", "config.attrs"), AT.lineRequest.attrs],
  [at("gpio_v2_line_request", "num_lines"), AT.lineRequest.lineCount],
  [at("gpio_v2_line_request", "event_buffer_size"), AT.lineRequest.buffer],
  [at("gpio_v2_line_request", "fd"), AT.lineRequest.fd],
  [at("gpio_v2_line_config_attribute", "attr.id"), AT.attr.id],
  [at("gpio_v2_line_config_attribute", "attr.values"), AT.attr.value],
  [at("gpio_v2_line_config_attribute", "attr.debounce_period_us"), AT.attr.value],
  [at("gpio_v2_line_config_attribute", "mask"), AT.attr.mask],
  [at("gpio_v2_line_values", "bits"), AT.lineValues.bits],
  [at("gpio_v2_line_values", "mask"), AT.lineValues.mask],
  [at("gpio_v2_line_event", "timestamp_ns"), AT.lineEvent.timestampNs],
  [at("gpio_v2_line_event", "id"), AT.lineEvent.id],
  [at("gpio_v2_line_event", "offset"), AT.lineEvent.offset],
  [at("gpio_v2_line_event", "line_seqno"), AT.lineEvent.lineSeqno],
  ["GPIO_GET_CHIPINFO_IOCTL", REQUEST.chipInfo],
  ["GPIO_V2_GET_LINEINFO_IOCTL", REQUEST.lineInfo],
  ["GPIO_V2_GET_LINE_IOCTL", REQUEST.line],
  ["GPIO_V2_LINE_GET_VALUES_IOCTL", REQUEST.getValues],
  ["GPIO_V2_LINE_SET_VALUES_IOCTL", REQUEST.setValues],
  ["GPIO_V2_LINE_FLAG_USED", FLAG.used],
  ["GPIO_V2_LINE_FLAG_ACTIVE_LOW", FLAG.activeLow],
  ["GPIO_V2_LINE_FLAG_INPUT", FLAG.input],
  ["GPIO_V2_LINE_FLAG_OUTPUT", FLAG.output],
  ["GPIO_V2_LINE_FLAG_EDGE_RISING", FLAG.edgeRising],
  ["GPIO_V2_LINE_FLAG_EDGE_FALLING", FLAG.edgeFalling],
  ["GPIO_V2_LINE_FLAG_BIAS_PULL_UP", FLAG.biasUp],
  ["GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN", FLAG.biasDown],
  ["GPIO_V2_LINE_FLAG_BIAS_DISABLED", FLAG.biasOff],
  ["GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES", ATTR.outputValues],
  ["GPIO_V2_LINE_ATTR_ID_DEBOUNCE", ATTR.debounce],
  ["GPIO_V2_LINE_EVENT_RISING_EDGE", EVENT.rising],
  ["GPIO_V2_LINE_EVENT_FALLING_EDGE", EVENT.falling],
];

const dir = mkdtempSync(join(tmpdir(), "gatepost-structs-"));
afterAll(() => rmSync(dir, { recursive: true }));

/** Compiles and runs a small C program; its standard output. */
function ran(name: string, body: string): Buffer {
  const source = join(dir, `${name}.c`);
  const program = join(dir, name);
  const includes = ["stdio.h", "stddef.h", "string.h", "sys/ioctl.h", "linux/gpio.h"];
  writeFileSync(
    source,
    `${includes.map((file) => `#include <${file}>\n`).join("")}int main(void) {\n${body}\nreturn 0;\n}\n`,
  );
  execFileSync("gcc", ["-Wall", "-o", program, source]);
  return execFileSync(program);
}

describe("numbers", () => {
  let theirs: ReadonlyMap<string, bigint> = new Map();
  beforeAll(() => {
    const lines = CLAIMS.map(([c]) => `printf("%llu\\n", (unsigned long long)(${c}));`).join("\n");
    const numbers = ran("numbers", lines).toString().trim().split("\n").map(BigInt);
    theirs = new Map(CLAIMS.map(([c], i) => [c, numbers[i] ?? -1n]));
  });
  it.each(CLAIMS)("%s is %s", (c, ours) => {
    expect(BigInt(ours)).toBe(theirs.get(c));
  });
});

describe("whole structures, byte for byte", () => {
  const write = "fwrite(&r, sizeof r, 1, stdout);";

  it("an inactive, active-low output", () => {
    const theirs = ran(
      "output",
      `struct gpio_v2_line_request r; memset(&r, 0, sizeof r);
       r.offsets[0] = 17; r.num_lines = 1; strcpy(r.consumer, "gatepost");
       r.config.flags = GPIO_V2_LINE_FLAG_OUTPUT | GPIO_V2_LINE_FLAG_ACTIVE_LOW;
       r.config.num_attrs = 1; r.config.attrs[0].mask = 1;
       r.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES; r.config.attrs[0].attr.values = 0; ${write}`,
    );
    const ours = lineRequest({ offset: 17, consumer: "gatepost", flags: FLAG.output | FLAG.activeLow, level: false });
    expect(ours.equals(theirs)).toBe(true);
  });

  it("a debounced, pulled-up input with edges", () => {
    const theirs = ran(
      "input",
      `struct gpio_v2_line_request r; memset(&r, 0, sizeof r);
       r.offsets[0] = 27; r.num_lines = 1; strcpy(r.consumer, "gatepost");
       r.config.flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_BIAS_PULL_UP
         | GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING;
       r.config.num_attrs = 1; r.config.attrs[0].mask = 1;
       r.config.attrs[0].attr.id = GPIO_V2_LINE_ATTR_ID_DEBOUNCE;
       r.config.attrs[0].attr.debounce_period_us = 30000; ${write}`,
    );
    const flags = FLAG.input | FLAG.biasUp | FLAG.edgeRising | FLAG.edgeFalling;
    const ours = lineRequest({ offset: 27, consumer: "gatepost", flags, debounceMs: 30 });
    expect(ours.equals(theirs)).toBe(true);
  });

  it("what the kernel answers is read where C writes it", () => {
    const request = ran("fd", `struct gpio_v2_line_request r; memset(&r, 0, sizeof r); r.fd = 42; ${write}`);
    expect(requestedFd(request)).toBe(42);
    const chip = ran(
      "chip",
      `struct gpiochip_info r; memset(&r, 0, sizeof r);
       strcpy(r.name, "gpiochip0"); strcpy(r.label, "pinctrl-rp1"); r.lines = 54; ${write}`,
    );
    expect(chipOf(chip)).toEqual({ name: "gpiochip0", label: "pinctrl-rp1", lines: 54 });
    const info = ran(
      "info",
      `struct gpio_v2_line_info r; memset(&r, 0, sizeof r); strcpy(r.consumer, "gpioset"); ${write}`,
    );
    expect(consumerOf(info)).toBe("gpioset");
    const events = ran(
      "events",
      `struct gpio_v2_line_event r[3]; memset(r, 0, sizeof r); r[0].id = GPIO_V2_LINE_EVENT_RISING_EDGE;
       r[1].id = GPIO_V2_LINE_EVENT_FALLING_EDGE; r[2].id = GPIO_V2_LINE_EVENT_RISING_EDGE; fwrite(r, sizeof r, 1, stdout);`,
    );
    expect(eventLevels(events, events.length)).toEqual([true, false, true]);
    expect(eventLevels(events, SIZES.lineEvent + 5)).toEqual([true]);
  });

  it("values go both ways", () => {
    const theirs = ran("values", `struct gpio_v2_line_values r; r.bits = 1; r.mask = 1; ${write}`);
    expect(lineValues(true).equals(theirs)).toBe(true);
    expect(lineLevel(theirs)).toBe(true);
    expect(lineLevel(lineValues(false))).toBe(false);
    expect(lineInfoRequest(9).readUInt32LE(AT.lineInfo.offset)).toBe(9);
  });
});
