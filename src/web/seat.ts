/** Where this page's questions go: the guard's page and the office's pages have a session each in one browser. */
import { PAGES, SEATS, type Seat } from "../core/pages.ts";

let seat: Seat = PAGES.find(({ path }) => path === location.pathname)?.seat ?? "booth";

/** The address of something in the API, asked at this page's seat. */
export const api = (path: string): string => `${SEATS[seat]}/api/v1${path}`;

/** Tabs of one seat are told the same. */
export const seatName = (): Seat => seat;

/** For a page that both seats may look at. */
export function sit(at: Seat): void {
  seat = at;
}
