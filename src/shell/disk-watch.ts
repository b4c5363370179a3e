/** Whether the disk has too little room left; once it has, it must have clearly more before that is over. */
const MEGABYTE = 1024 * 1024;

export interface DiskLimits {
  readonly lowMegabytes: number;
  readonly clearMegabytes: number;
}

/** What to tell the guard; undefined = there is room. `before`: what was told the last time. */
export function diskDetail(
  { lowMegabytes, clearMegabytes }: DiskLimits,
  freeBytes: number,
  before: string | undefined,
) {
  const free = Math.floor(freeBytes / MEGABYTE);
  const enough = before === undefined ? free >= lowMegabytes : free >= Math.max(lowMegabytes, clearMegabytes);
  // The first word stays: a number that changes each minute is no news.
  return enough ? undefined : (before ?? `${free} MB`);
}
