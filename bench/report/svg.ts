/**
 * Charts as SVG, of their own: bars and lines is all it takes. Colours follow the reader's light or dark scheme, also where the picture is
 * shown by an <img>; every axis says what it measures.
 */

export interface Series {
  name: string;
  /** One value for each category. NaN: not measured. */
  values: readonly number[];
}

export interface BarChart {
  title: string;
  /** What the values are, with their unit. */
  unit: string;
  categories: readonly string[];
  series: readonly Series[];
  /** For values of several magnitudes. */
  logarithmic?: boolean;
}

export interface LineChart {
  title: string;
  xTitle: string;
  yTitle: string;
  /** The x of each value; the axis is logarithmic. */
  xs: readonly number[];
  series: readonly Series[];
  /** Logarithmic unless `true`, which begins at 0. */
  linearY?: boolean;
}

const width = 760;
const style = `<style>
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .small { font-size: 11px; fill: #57606a; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .s0 { fill: #0969da; stroke: #0969da; } .s1 { fill: #bf5600; stroke: #bf5600; } .s2 { fill: #6e7781; stroke: #6e7781; }
  .line { fill: none; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .small { fill: #9198a1; } .grid { stroke: #3d444d; }
    .s0 { fill: #58a6ff; stroke: #58a6ff; } .s1 { fill: #f0883e; stroke: #f0883e; } .s2 { fill: #9198a1; stroke: #9198a1; }
  }
</style>`;

/** Horizontal bars: names are long, and read from left to right. */
export function barChart({ title, unit, categories, series, logarithmic = false }: BarChart): string {
  const left = 230;
  const right = 80;
  const top = 44 + (series.length > 1 ? 20 : 0);
  const barHeight = series.length > 1 ? 11 : 16;
  const rowHeight = barHeight * series.length + 10;
  const bottom = top + categories.length * rowHeight;
  const all = series.flatMap(({ values }) => values).filter((value) => value > 0);
  const scale = logarithmic ? logScale(Math.min(...all), Math.max(...all)) : linearScale(Math.max(...all));
  const x = (value: number) => left + scale.at(value) * (width - left - right);
  const parts = [head(title, bottom + 44), ...(series.length > 1 ? legend(series, left) : [])];
  for (const tick of scale.ticks) {
    parts.push(
      `<line class="grid" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${top}" y2="${bottom}"/>`,
      text(x(tick), bottom + 15, short(tick), "small", "middle"),
    );
  }
  parts.push(text(left + (width - left - right) / 2, bottom + 34, unit, "small", "middle"));
  for (const [row, category] of categories.entries()) {
    const y = top + row * rowHeight + 5;
    parts.push(text(left - 8, y + (rowHeight - 10) / 2 + 4, category, undefined, "end"));
    for (const [index, { values }] of series.entries()) {
      const value = values[row] ?? Number.NaN;
      const barTop = y + index * barHeight;
      if (!(value > 0)) {
        parts.push(text(left + 4, barTop + barHeight - 2, "not measured", "small"));
        continue;
      }
      parts.push(
        `<rect class="s${index}" x="${left}" y="${at(barTop)}" width="${at(Math.max(1, x(value) - left))}" height="${barHeight - 2}"/>`,
        text(x(value) + 5, barTop + barHeight - 3, short(value), "small"),
      );
    }
  }
  return `${parts.join("\n")}\n</svg>\n`;
}

export function lineChart({ title, xTitle, yTitle, xs, series, linearY = false }: LineChart): string {
  const [left, right, top, bottom] = [70, 20, 68, 320];
  const all = series.flatMap(({ values }) => values).filter((value) => value > 0);
  const yScale = linearY ? linearScale(Math.max(...all)) : logScale(Math.min(...all), Math.max(...all));
  const [firstX, lastX] = [Math.log10(xs[0]!), Math.log10(xs.at(-1)!)];
  const x = (value: number) =>
    left + ((Math.log10(value) - firstX) / (lastX - firstX)) * (width - left - right);
  const y = (value: number) => bottom - yScale.at(value) * (bottom - top);
  const parts = [head(title, bottom + 50), ...legend(series, left)];
  for (const tick of yScale.ticks) {
    parts.push(
      `<line class="grid" x1="${left}" x2="${width - right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>`,
      text(left - 6, y(tick) + 4, short(tick), "small", "end"),
    );
  }
  for (const [index, value] of xs.entries()) {
    const anchor = index === xs.length - 1 ? "end" : index === 0 ? "start" : "middle";
    parts.push(text(x(value), bottom + 16, value.toLocaleString("en"), "small", anchor));
  }
  parts.push(
    text(left + (width - left - right) / 2, bottom + 38, xTitle, "small", "middle"),
    `<text class="small" text-anchor="middle" transform="translate(16 ${(top + bottom) / 2}) rotate(-90)">${escaped(yTitle)}</text>`,
  );
  for (const [index, { values }] of series.entries()) {
    const points = xs.flatMap((value, position) => {
      const measured = values[position];
      return measured !== undefined && measured > 0 ? [[at(x(value)), at(y(measured))] as const] : [];
    });
    parts.push(
      `<polyline class="line s${index}" style="fill: none" points="${points.map((point) => point.join(",")).join(" ")}"/>`,
      ...points.map(([cx, cy]) => `<circle class="s${index}" cx="${cx}" cy="${cy}" r="3"/>`),
    );
  }
  return `${parts.join("\n")}\n</svg>\n`;
}

interface AxisScale {
  at: (value: number) => number;
  ticks: number[];
}

/** From 0 to a round number that is not below the greatest value. */
export function linearScale(greatest: number): AxisScale {
  const magnitude = 10 ** Math.floor(Math.log10(greatest / 4));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude).find((size) => size * 5 >= greatest)!;
  const count = Math.ceil(greatest / step - 1e-9);
  return {
    at: (value) => value / (step * count),
    ticks: Array.from({ length: count + 1 }, (_, index) => index * step),
  };
}

/** Powers of ten around all values. */
export function logScale(least: number, greatest: number): AxisScale {
  const from = Math.floor(Math.log10(least) - 1e-9);
  const to = Math.max(from + 1, Math.ceil(Math.log10(greatest) - 1e-9));
  return {
    at: (value) => (Math.log10(value) - from) / (to - from),
    ticks: Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)),
  };
}

function head(title: string, height: number): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    style,
    text(16, 24, title, "title"),
  ].join("\n");
}

function legend(series: readonly Series[], left: number): string[] {
  let x = left;
  return series.flatMap(({ name }, index) => {
    const marks = [
      `<rect class="s${index}" x="${x}" y="38" width="10" height="10"/>`,
      text(x + 15, 47, name, "small"),
    ];
    x += 40 + name.length * 6.2;
    return marks;
  });
}

function text(
  x: number,
  y: number,
  content: string,
  className?: string,
  anchor?: "middle" | "end" | "start",
) {
  const attributes = [
    className === undefined ? "" : ` class="${className}"`,
    anchor === undefined ? "" : ` text-anchor="${anchor}"`,
  ];
  return `<text x="${at(x)}" y="${at(y)}"${attributes.join("")}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function at(value: number): number {
  return Math.round(value * 10) / 10;
}

/** 0.5, 12, 9,439, 1.2M */
function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(2)));
}
