import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { theme } from "../theme.ts";
import "uplot/dist/uPlot.min.css";
import "./sparkline.css";

export interface Line {
  readonly values: readonly (number | null)[];
  /** The name of a colour's custom property. */
  readonly colour: string;
  readonly dash?: readonly number[];
}

/** A line from top to bottom, where something happened. */
export interface ChartMark {
  /** In points from the end. */
  readonly ago: number;
  /** The name of a colour's custom property. */
  readonly colour: string;
  /** Empty: it is drawn through. */
  readonly dash: readonly number[];
}

interface SparklineProps {
  readonly lines: readonly Line[];
  readonly marks: readonly ChartMark[];
  /** Points from left to right. */
  readonly points: number;
}

const HEIGHT = 28;

/** Lines without axes on one scale. What they tell stands in numbers beside them, so screen readers pass by. */
export function Sparkline({ lines, marks, points }: SparklineProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>();
  const marked = useRef(marks);
  const latest = useRef(dataOf(lines, points));
  const look = theme.value;
  const kinds = lines.map(({ colour }) => colour).join();

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let seen = false;
    const draw = (): void => {
      if (!seen) return;
      chart.current?.destroy();
      chart.current = plotIn(element, lines, () => marked.current);
      chart.current.setData(latest.current);
    };
    const resized = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    const dark = matchMedia("(prefers-color-scheme: dark)");
    // Of hundreds of charts few are in sight.
    const sight = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting !== true || seen) return;
      seen = true;
      draw();
    });
    sight.observe(element);
    resized.observe(element);
    dark.addEventListener("change", draw);
    return () => {
      sight.disconnect();
      resized.disconnect();
      dark.removeEventListener("change", draw);
      chart.current?.destroy();
      chart.current = undefined;
    };
  }, [look, kinds]);

  useEffect(() => {
    marked.current = marks;
    latest.current = dataOf(lines, points);
    chart.current?.setData(latest.current);
  });

  return <div ref={place} class="sparkline" aria-hidden="true" />;
}

function plotIn(element: HTMLElement, lines: readonly Line[], marks: () => readonly ChartMark[]): uPlot {
  const colour = (name: string): string => {
    element.style.color = `var(${name})`;
    return getComputedStyle(element).color;
  };
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [3, 2, 3, 2],
    cursor: { show: false },
    legend: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: { x: { time: false }, y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    series: [
      {},
      ...lines.map(({ colour: name, dash }) => ({
        stroke: colour(name),
        width: 1.5,
        spanGaps: true,
        points: { show: false },
        ...(dash === undefined ? {} : { dash: [...dash] }),
      })),
    ],
    hooks: { draw: [(plot) => drawMarks(plot, marks(), colour)] },
  };
  return new uPlot(options, undefined, element);
}

function drawMarks(plot: uPlot, marks: readonly ChartMark[], colour: (name: string) => string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = 2;
  for (const { ago, colour: name, dash } of marks) {
    const x = Math.round(plot.valToPos(-ago, "x", true));
    ctx.strokeStyle = colour(name);
    ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}

/** The last point is at 0. */
function dataOf(lines: readonly Line[], points: number): uPlot.AlignedData {
  const places = Array.from({ length: points }, (_, i) => i - points + 1);
  const fill = ({ values }: Line): (number | null)[] => [...Array(points).fill(null), ...values].slice(-points);
  return [places, ...lines.map(fill)];
}
