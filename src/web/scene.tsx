/** The gate as a picture: it shows what the contacts say, never what was ordered. */
import type { JSX } from "preact";
import type { LaneView } from "../shell/desk.ts";
import { say } from "./language.ts";
import { BARRIER } from "./words.ts";

const UNDER: readonly string[] = ["safety-loop", "photocell", "radar", "loop-inner", "loop-outer"];

/** A small street with the lane's barrier in its true state, and a car or walker when an input is occupied. */
export function Scene({ lane }: { readonly lane: LaneView }): JSX.Element {
  const someone = lane.inputs.some((input) => input.level === "on" && UNDER.includes(input.role));
  const Gate = lane.kind === "vehicle" ? Boom : Doors;
  return (
    <svg
      class={`scene is-${lane.barrier} ${someone ? "someone" : "nobody"}`}
      viewBox="0 -70 340 200"
      preserveAspectRatio="xMidYMax slice"
      role="img"
      aria-label={`${lane.name} ${say(BARRIER[lane.barrier])}`}
    >
      <Street />
      <Gate lane={lane} />
    </svg>
  );
}

function Street(): JSX.Element {
  return (
    <g>
      <rect class="sky" x="-400" y="-200" width="1140" height="340" />
      <circle class="sun" cx="296" cy="-30" r="15" />
      <path class="moon" d="M292-46a16 16 0 1 0 14 24 14 14 0 0 1-14-24z" />
      <g class="stars">
        <circle cx="40" cy="20" r="1.4" />
        <circle cx="120" cy="12" r="1.2" />
        <circle cx="214" cy="-44" r="1.600" />
        <circle cx="160" cy="-20" r="1.300" />
        <circle cx="190" cy="28" r="1.4" />
        <circle cx="246" cy="10" r="1.2" />
      </g>
      <path class="cloud" d="M196 34q2-12 14-10 8-12 20-3 14-3 14 9 6 1 5 7h-54q-5-2 1-3z" />
      <path class="hill far" d="M-400 92Q-200 50-40 78 60 44 150 78 250 50 380 82 560 50 740 92v40H-400z" />
      <path class="hill" d="M-400 104Q-100 80 40 98 160 76 280 98 420 84 740 104v30H-400z" />
      <rect class="road" x="-400" y="110" width="1140" height="120" />
      <path class="dash" d="M-390 120H740" />
    </g>
  );
}

function Boom({ lane }: { readonly lane: LaneView }): JSX.Element {
  return (
    <g>
      <Tree />
      <Booth />
      <Car />
      <rect class="post" x="96" y="76" width="16" height="36" rx="3" />
      <rect class="post" x="270" y="92" width="6" height="20" rx="2" />
      <g transform="translate(104 84)">
        <g class="arm">
          <rect class="arm-white" x="-14" y="-5" width="184" height="10" rx="5" />
          <path
            class="arm-red"
            d="M12-5h18l-6 10H6zM48-5h18l-6 10H42zM84-5h18l-6 10H78zM120-5h18l-6 10h-18zM150-5h14l-6 10h-14z"
          />
          <circle class="lamp" cx="168" cy="0" r="4" />
        </g>
        <circle class="hub" r="6" />
      </g>
      {lane.barrier === "unknown" ? <Unknown /> : null}
    </g>
  );
}

function Doors({ lane }: { readonly lane: LaneView }): JSX.Element {
  return (
    <g>
      <Tree />
      <path class="wall" d="M-400 66h504v48h-504zM236 66h504v48h-504z" />
      <path class="tiles" d="M-400 60h506l4 8h-510zM234 60h506v8h-510z" />
      <rect class="inside" x="112" y="46" width="116" height="66" />
      <Walker />
      <g class="leaf left">
        <rect x="112" y="48" width="58" height="64" />
        <path d="M124 48v64M136 48v64M148 48v64M160 48v64M112 78h58" />
      </g>
      <g class="leaf right">
        <rect x="170" y="48" width="58" height="64" />
        <path d="M180 48v64M192 48v64M204 48v64M216 48v64M170 78h58" />
      </g>
      <path class="pillar" d="M102 40h12v74h-12zM226 40h12v74h-12z" />
      <path class="roof" d="M84 40q10-2 14-14h144q4 12 14 14z" />
      <path class="ridge" d="M96 26h148" />
      <path class="lantern" d="M104 48q8 0 8 8t-8 8q-6 0-6-8t6-8zM236 48q8 0 8 8t-8 8q-6 0-6-8t6-8z" />
      {lane.barrier === "unknown" ? <Unknown /> : null}
    </g>
  );
}

function Booth(): JSX.Element {
  return (
    <g>
      <rect class="booth" x="30" y="58" width="54" height="54" rx="2" />
      <path class="roof" d="M20 60q8-2 12-14h50q4 12 12 14z" />
      <rect class="window" x="38" y="68" width="28" height="20" rx="2" />
      <path class="pane" d="M52 68v20M38 78h28" />
      <rect class="door" x="69" y="70" width="11" height="42" rx="1" />
      <g class="cat">
        <path class="tail" d="M66 46q8-2 7-10" />
        <path d="M50 46q-1-10 6-11l0-5 4 3h4l4-3v6q1 5-2 10z" />
        <circle class="eye" cx="60.500" cy="36" r=".9" />
        <circle class="eye" cx="65" cy="36" r=".9" />
      </g>
    </g>
  );
}

function Tree(): JSX.Element {
  return (
    <g>
      <path class="trunk" d="M4 112q4-20 1-38h6q-3 18 3 38z" />
      <path class="leaves" d="M8 30q18-2 20 14 12 8 2 20 2 14-14 14-8 8-18 0-16 0-14-16-8-12 6-18 2-14 18-14z" />
      <g class="fruit">
        <circle cx="0" cy="50" r="3.200" />
        <circle cx="14" cy="44" r="3.200" />
        <circle cx="20" cy="60" r="3.200" />
        <circle cx="6" cy="66" r="3.200" />
      </g>
    </g>
  );
}

function Car(): JSX.Element {
  return (
    <g class="traveller">
      <path class="car" d="M146 116q-6 0-6-8 0-8 10-9l10-2 9-12q3-4 8-4h24q6 0 10 4l10 11 12 2q8 2 8 9 0 9-6 9z" />
      <path class="glass" d="M168 97l7-9q2-2 5-2h9v11zM193 86h8q4 0 6 2l8 9h-22z" />
      <circle class="wheel" cx="160" cy="116" r="7.500" />
      <circle class="wheel" cx="214" cy="116" r="7.500" />
      <circle class="hub" cx="160" cy="116" r="3" />
      <circle class="hub" cx="214" cy="116" r="3" />
    </g>
  );
}

function Walker(): JSX.Element {
  return (
    <g class="traveller">
      <circle class="skin" cx="170" cy="70" r="7" />
      <path class="hair" d="M163 70q-1-9 7-9t7 9q-3-5-7-4t-7 4z" />
      <path class="coat" d="M160 100q0-22 10-22t10 22z" />
      <path class="legs" d="M166 100v14M174 100v14" />
    </g>
  );
}

function Unknown(): JSX.Element {
  return (
    <g class="question">
      <circle cx="190" cy="62" r="20" />
      <text x="190" y="71" text-anchor="middle">
        ?
      </text>
    </g>
  );
}
