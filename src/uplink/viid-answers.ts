/** What a GA/T 1400 platform says: read leniently, because platforms differ; believed only where it says it plainly. */
import { z } from "zod";

const status = z.object({
  Id: z.string().max(256).optional(),
  StatusCode: z.union([z.int(), z.string().regex(/^\d{1,4}$/)]).transform(Number),
  StatusString: z.string().optional(),
});
const single = z.object({ ResponseStatusObject: status });
const list = z.object({
  ResponseStatusListObject: z.object({ ResponseStatusObject: z.union([z.array(status).max(10_000), status]) }),
});
const systemTime = z.object({ SystemTimeObject: z.object({ LocalTime: z.string().regex(/^\d{14}$/) }) });

/** Of an object, or of the whole request. */
export interface Status {
  readonly code: number;
  /** The platform's own words, short. */
  readonly says: string;
}

const told = ({ StatusCode, StatusString }: z.infer<typeof status>): Status => ({
  code: StatusCode,
  says: (StatusString ?? "").replaceAll(/\s+/g, " ").slice(0, 80),
});

/** Of an answer about one thing; undefined when it says nothing that can be read. */
export function statusIn(text: string): Status | undefined {
  const read = single.safeParse(parsed(text));
  return read.success ? told(read.data.ResponseStatusObject) : undefined;
}

/**
 * One status for each id, in their order; undefined for an id that the platform says nothing of. By `Id`; by place where
 * it names none of ours and there are as many; one status alone speaks for all. Undefined = there is no status at all.
 */
export function statusesIn(text: string, ids: readonly string[]): readonly (Status | undefined)[] | undefined {
  const json = parsed(text);
  const whole = single.safeParse(json);
  if (whole.success) return ids.map(() => told(whole.data.ResponseStatusObject));
  const read = list.safeParse(json);
  if (!read.success) return undefined;
  const found = read.data.ResponseStatusListObject.ResponseStatusObject;
  const all = Array.isArray(found) ? found : [found];
  // The first that is not good counts, should a platform speak of one object twice.
  const byId = new Map<string, Status>();
  for (const one of all) if (one.Id !== undefined && (byId.get(one.Id)?.code ?? 0) === 0) byId.set(one.Id, told(one));
  if (ids.some((id) => byId.has(id))) return ids.map((id) => byId.get(id));
  const placed = all.length === ids.length && all.every(({ Id }) => Id === undefined || Id === "");
  return ids.map((_, place) => {
    const one = placed ? all[place] : undefined;
    return one === undefined ? undefined : told(one);
  });
}

/** The platform's clock, ms since 1970 UTC; it tells China's time. */
export function timeIn(text: string): number | undefined {
  const read = systemTime.safeParse(parsed(text));
  if (!read.success) return undefined;
  const at = read.data.SystemTimeObject.LocalTime.replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6+08:00");
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * What a status means for an object (GA/T 1400.4 ConfirmStatusType, as open servers have it): 0 taken; 2 busy, 3 error of
 * theirs, 9 restarting; 4 to 8 what we said is wrong; 1 and unknown ones may be anything.
 */
export function meaning(code: number | undefined): "taken" | "later" | "wrong" | "unsure" {
  if (code === 0) return "taken";
  if (code === 2 || code === 3 || code === 9) return "later";
  return code !== undefined && code >= 4 && code <= 8 ? "wrong" : "unsure";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON: nothing that can be read
  }
}
