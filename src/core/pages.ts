/**
 * The two seats of one browser. The booth's PC also serves the clerk and the technician: each seat has a session of its
 * own, so that whoever enters at the office's pages neither ends the guard's session nor gets his rights, nor he theirs.
 */
export type Seat = "booth" | "office";

/** What stands before `/api/v1` in the questions of a seat. */
export const SEATS: Readonly<Record<Seat, "" | "/office">> = { booth: "", office: "/office" };

/** The pages that are built and served. One line here adds one: its file lies in `src/web`, its code beside it. */
export const PAGES = [
  { path: "/", seat: "booth", file: "index.html", says: { zh: "岗亭页", en: "The guard's page" } },
  { path: "/traffic", seat: "office", file: "traffic.html", says: { zh: "客流页", en: "The traffic page" } },
  { path: "/tech", seat: "office", file: "tech.html", says: { zh: "技术员页", en: "The technician's page" } },
  { path: "/clerk", seat: "office", file: "clerk.html", says: { zh: "住户管理页", en: "The clerk's page" } },
] as const satisfies readonly {
  readonly path: `/${string}`;
  readonly seat: Seat;
  readonly file: `${string}.html`;
  readonly says: { readonly zh: string; readonly en: string };
}[];
