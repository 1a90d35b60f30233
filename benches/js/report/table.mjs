/* Tables: `rows` of cells, the first one being the header, of which the first `left` columns are words. */

const CLOCKS = { wall: "wall", cpu: "process CPU", thread: "thread CPU" };

/** Columns as wide as their widest cell; the first `left` are set left. */
export function aligned(rows, left = 1) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => String(row[at]).length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at < left ? String(cell).padEnd(widths[at]) : String(cell).padStart(widths[at])))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A table of figures as text; `left`: so many columns are set left. */
export const shown = ({ rows, left = 1 }) => aligned(rows, left);

export const ratio = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

/** One line a phase: µs an operation of the base, and for each clock the ratio of `subject` to the base. */
export function ratioTable(figures, base, subject = "ours") {
  const clocks = Object.keys(figures[0].clocks);
  const main = clocks.includes("thread") ? "thread" : clocks.at(-1);
  const others = Object.keys(figures[0].clocks[main].ratio).filter((name) => name !== subject);
  const header = [
    "scenario",
    "phase",
    `${base} µs`,
    `${subject} µs`,
    ...clocks.map((clock) => `${CLOCKS[clock]} ratio`),
    "quartiles",
    ...others.map((name) => `${name} ratio`),
  ];
  const rows = figures.map(({ scenario, phase, clocks: by }) => [
    scenario,
    phase,
    by[main].microseconds[base].toFixed(2),
    by[main].microseconds[subject].toFixed(2),
    ...clocks.map((clock) => ratio(by[clock].ratio[subject])),
    by[main].spread[subject].map(ratio).join("–"),
    ...others.map((name) => ratio(by[main].ratio[name])),
  ]);
  return { left: 2, rows: [header, ...rows] };
}
