/** One chart: bars for what was counted, a dashed line beside them. Its figures stand in the table below it. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { language } from "./language.ts";
import { size, theme } from "./looks.ts";

export interface Line {
  readonly name: string;
  readonly draw: "bars" | "dashes" | "line";
  /** A token of `tokens.css`. */
  readonly colour: string;
  /** null = not known: a gap, never 0. */
  readonly values: readonly (number | null)[];
}

const HEIGHT = 300;
const NARROW = 560;
/** Beyond a day the dots of the hours would hide the bars. */
const MOST_POINTS = 24;

/** @param ticks what stands below the hour `n`; empty = nothing */
export function Chart(props: {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly ticks: (n: number, narrow: boolean) => string;
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const { title, lines, ticks, unit } = props;
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    let drawn = draw(box, lines, ticks);
    const again = (): void => {
      drawn.destroy();
      drawn = draw(box, lines, ticks);
    };
    // The theme is an attribute that changes with the hour too.
    const watch = new MutationObserver(again);
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-size"] });
    window.addEventListener("resize", again);
    return () => {
      watch.disconnect();
      window.removeEventListener("resize", again);
      drawn.destroy();
    };
  }, [lines, size.value, theme.value, language.value]);
  return (
    <figure class="chart" data-chart={props.id}>
      <figcaption>
        {lines.map(({ name, draw: how, colour }) => (
          <span key={name}>
            <i class={`key ${how}`} style={{ color: `var(${colour})` }} aria-hidden="true" /> {name}
          </span>
        ))}
        <span class="unit">{unit}</span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={title} />
    </figure>
  );
}

function draw(box: HTMLDivElement, lines: readonly Line[], ticks: (n: number, narrow: boolean) => string): uPlot {
  const style = getComputedStyle(document.documentElement);
  const colour = (token: string): string => style.getPropertyValue(token).trim();
  const width = Math.max(200, box.clientWidth);
  const narrow = width < NARROW;
  const count = lines[0]?.values.length ?? 0;
  const hours = Array.from({ length: count }, (_, n) => n);
  const text = { stroke: colour("--soft"), font: '20px "Noto Sans CJK SC", "Microsoft YaHei", sans-serif' };
  const grid = { stroke: colour("--line"), width: 1 };
  const options: uPlot.Options = {
    width,
    height: HEIGHT,
    cursor: { show: false },
    legend: { show: false },
    padding: [14, 20, 0, 0],
    scales: {
      x: { time: false, range: [-0.6, count - 0.4] },
      y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 0) * 1.1)] },
    },
    axes: [
      {
        ...text,
        grid: { show: false },
        size: 40,
        splits: () => hours.filter((n) => ticks(n, narrow) !== ""),
        values: (_plot, splits) => splits.map((n) => ticks(n, narrow)),
      },
      { ...text, grid, size: 70, space: 50 },
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, colour(line.colour), count <= MOST_POINTS))],
  };
  return new uPlot(options, [hours, ...lines.map(({ values }) => [...values])], box);
}

function seriesOf({ draw: how, name }: Line, colour: string, dotted: boolean): uPlot.Series {
  const plain = { label: name, stroke: colour, points: { show: dotted && how !== "bars", size: 7, fill: colour } };
  if (how === "bars") {
    const paths = uPlot.paths.bars?.({ size: [0.7, 60] });
    // Half transparent, so that the line before it is seen.
    return { ...plain, fill: `${colour}66`, width: 2, ...(paths === undefined ? {} : { paths }) };
  }
  return { ...plain, width: 3, ...(how === "dashes" ? { dash: [9, 7] } : {}) };
}
