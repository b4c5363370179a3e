/** `gatepost start`: the gate until it is told to stop. */
import { openGate } from "../main.ts";
import { type House, loadToRun } from "./house.ts";

export async function startWork(house: House, options: { readonly configPath: string }): Promise<number> {
  const loaded = loadToRun(house, options.configPath, process.env);
  const gate = await openGate({ loaded, version: house.version, assets: house.page, ...programOf() });
  await told();
  await gate.close();
  return 0;
}

/** Our own file, as node was given it. */
export function programOf(): { readonly program?: string } {
  const [, program] = process.argv;
  return program === undefined ? {} : { program };
}

/** SIGTERM from systemd, SIGINT from a keyboard, or the time is over. */
export function told(forSeconds?: number): Promise<void> {
  return new Promise((done) => {
    process.once("SIGTERM", () => done());
    process.once("SIGINT", () => done());
    if (forSeconds !== undefined) setTimeout(done, forSeconds * 1000);
  });
}
