/** The pages that are built and served. One line here adds one: its file lies in `src/web`, its code beside it. */
export const PAGES = [
  { path: "/", file: "index.html", says: { zh: "岗亭页", en: "The guard's page" } },
  { path: "/traffic", file: "traffic.html", says: { zh: "客流页", en: "The traffic page" } },
  { path: "/clerk", file: "clerk.html", says: { zh: "住户管理页", en: "The clerk's page" } },
] as const satisfies readonly {
  readonly path: `/${string}`;
  readonly file: `${string}.html`;
  readonly says: { readonly zh: string; readonly en: string };
}[];
