/** The picture that the terminal sent with a lane's last event, for as long as the gate gives it; kept nowhere. */
import type { JSX } from "preact";
import type { LaneView, RowView } from "../shell/desk.ts";
import { lastOf, verdictOf } from "./event.tsx";
import { say } from "./language.ts";
import { gateNow, rows, view } from "./link.ts";
import { api } from "./seat.ts";
import { can } from "./session.ts";
import { W } from "./words.ts";

/** Alarms of somebody who was just recognised: their row comes right after the decision's, and the picture stands there. */
const OF_SOMEBODY: readonly unknown[] = ["blocklisted", "duress"];

function picturedOf(lane: LaneView): RowView | undefined {
  const last = lastOf(lane);
  if (last?.kind !== "alarm" || !OF_SOMEBODY.includes(last.open.alarm)) return last;
  return rows.value.find(({ seq, lane: at }) => seq === last.seq - 1 && at === last.lane);
}

export function Snapshot({ lane }: { readonly lane: LaneView }): JSX.Element | null {
  const row = picturedOf(lane);
  if (row?.snapshot === undefined || !can("operate")) return null;
  if (row.boot !== view.value?.boot || gateNow.value >= row.snapshot) return null;
  return (
    <img
      key={row.seq}
      class={`snapshot ${verdictOf(row).tone}`}
      src={api(`/rows/${row.seq}/snapshot`)}
      alt={say(W.snapshot)}
      // It is gone already, or was none: then there is nothing to see.
      onError={(event) => {
        event.currentTarget.hidden = true;
      }}
    />
  );
}
