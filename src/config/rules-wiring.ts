/** Rules about outputs and contacts: each hangs in one place, and no two share one. */
import { grouped } from "./grouped.ts";
import type { Finding, Path } from "./problem.ts";
import { error, words } from "./problem.ts";
import type { GateConfig, InputConfig, OutputConfig } from "./schema.ts";

/** Every contradiction in outputs and inputs. */
export function wiringFindings(config: GateConfig): readonly Finding[] {
  return [...outputsTwice(config), ...inputsTwice(config), ...linesTwice(config)];
}

/** Every output with its place. */
function outputsOf(config: GateConfig): readonly { readonly output: OutputConfig; readonly path: Path }[] {
  return config.lanes.flatMap((lane, l) =>
    Object.entries(lane.outputs).flatMap(([name, output]) =>
      output === undefined ? [] : [{ output, path: ["lanes", l, "outputs", name] }],
    ),
  );
}

function inputsOf(
  config: GateConfig,
): readonly { readonly input: InputConfig; readonly role: string; readonly path: Path }[] {
  return config.lanes.flatMap((lane, l) =>
    Object.entries(lane.inputs).flatMap(([role, input]) =>
      input === undefined ? [] : [{ input, role, path: ["lanes", l, "inputs", role] }],
    ),
  );
}

function outputsTwice(config: GateConfig): readonly Finding[] {
  const outputs = outputsOf(config);
  const shapes = outputs.flatMap(({ output, path }) => outputShape(output, path));
  const twice = [...grouped(outputs, ({ output }) => outputKey(output)).values()].flatMap((same) =>
    same
      .slice(1)
      .map(({ path }) =>
        error(
          "OUTPUT_TWICE",
          path,
          words("这个输出已经用在别处", "This output is already used elsewhere"),
          words(
            "每个动作接单独的继电器；一个按钮来回切换（点动循环）会把关变成开",
            "Give every command its own relay; a toggle turns close into open when it is out of step",
          ),
          "key",
        ),
      ),
  );
  return [...shapes, ...twice];
}

function outputShape(output: OutputConfig, path: Path): readonly Finding[] {
  const board = output.device !== undefined && output.channel !== undefined && output.command === undefined;
  const command = output.device !== undefined && output.command !== undefined && output.channel === undefined;
  const gpio = output.gpio !== undefined && output.device === undefined;
  if (
    [board, command, gpio].filter(Boolean).length !== 1 ||
    (gpio && (output.channel ?? output.command) !== undefined)
  ) {
    const message = words("输出要写清接在哪里", "An output must say where it hangs");
    const hint = words(
      "{ device, channel } 或 { device, command } 或 { gpio }，只用一种",
      "{ device, channel } or { device, command } or { gpio }, one of them",
    );
    return [error("CHOOSE_ONE", path, message, hint, "key")];
  }
  const findings: Finding[] = [];
  if (!gpio && output.activeLow !== undefined) {
    const message = words("activeLow 只用于 GPIO 输出", "activeLow is for GPIO outputs only");
    const hint = words("删除它；继电器板改接常开/常闭端子", "Remove it; use the relay's other terminal instead");
    findings.push(error("NOT_APPLICABLE", [...path, "activeLow"], message, hint, "key"));
  }
  if (command && output.pulseMs !== undefined) {
    const message = words("设备命令没有脉冲长度", "A device's command has no pulse length");
    const hint = words("删除 pulseMs，在设备上设置", "Remove pulseMs; it is set in the device");
    findings.push(error("NOT_APPLICABLE", [...path, "pulseMs"], message, hint, "key"));
  }
  return findings;
}

function outputKey(output: OutputConfig): string | undefined {
  if (output.gpio !== undefined) return `gpio ${output.gpio}`;
  if (output.device === undefined) return undefined;
  return `${output.device} ${output.channel ?? output.command}`;
}

function inputsTwice(config: GateConfig): readonly Finding[] {
  const inputs = inputsOf(config);
  const shapes = inputs.flatMap(({ input, path }) => inputShape(input, path));
  const twice = [...grouped(inputs, ({ input }) => inputKey(input)).values()].flatMap((same) => {
    const [first] = same;
    return same.slice(1).flatMap(({ path, role }) => {
      // One fire contact and one stop button may serve the whole entrance.
      if (first !== undefined && role === first.role && (role === "fire" || role === "stop")) return [];
      const message = words("这个输入已经用在别处", "This input is already used elsewhere");
      const hint = words(
        "每个触点接单独的输入（只有 fire、stop 可共用）",
        "One input per contact (only fire and stop may be shared)",
      );
      return [error("INPUT_TWICE", path, message, hint, "key")];
    });
  });
  return [...shapes, ...twice];
}

function inputShape(input: InputConfig, path: Path): readonly Finding[] {
  const board = input.device !== undefined && input.channel !== undefined && input.gpio === undefined;
  const gpio = input.gpio !== undefined && input.device === undefined && input.channel === undefined;
  if (board === gpio) {
    const message = words("输入要写清接在哪里", "An input must say where it hangs");
    const hint = words("{ device, channel } 或 { gpio }，只用一种", "{ device, channel } or { gpio }, one of them");
    return [error("CHOOSE_ONE", path, message, hint, "key")];
  }
  if (gpio || input.bias === undefined) return [];
  const message = words("bias 只用于 GPIO 输入", "bias is for GPIO inputs only");
  return [error("NOT_APPLICABLE", [...path, "bias"], message, words("删除它", "Remove it"), "key")];
}

function inputKey(input: InputConfig): string | undefined {
  if (input.gpio !== undefined) return `gpio ${input.gpio}`;
  return input.device === undefined ? undefined : `${input.device} ${input.channel}`;
}

/** A GPIO line can't be input and output at once. */
function linesTwice(config: GateConfig): readonly Finding[] {
  const lines = new Set(outputsOf(config).flatMap(({ output }) => (output.gpio === undefined ? [] : [output.gpio])));
  return inputsOf(config).flatMap(({ input, path }) => {
    if (input.gpio === undefined || !lines.has(input.gpio)) return [];
    const message = words(`GPIO ${input.gpio} 已经是输出`, `GPIO ${input.gpio} is an output already`);
    return [error("LINE_TWICE", [...path, "gpio"], message, words("换一根线", "Use another line"))];
  });
}
