/** How a simulated device takes its time. */
import type { SimulateOptions } from "./works.ts";

export const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Once for each value, over and over until `count` were sent. */
export async function each(
  options: SimulateOptions,
  usual: readonly string[],
  send: (value: string) => Promise<void> | void,
): Promise<number> {
  const values = options.values.length === 0 ? usual : options.values;
  for (let i = 0; i < options.count; i++) {
    if (i > 0) await pause(options.everyMs);
    await send(values[i % values.length] ?? "");
  }
  return options.count;
}
