/* What rounds come to. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `[first, third]` quartile. */
export function quartiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part) => sorted[Math.round(part * (sorted.length - 1))];
  return [at(0.25), at(0.75)];
}

const WHOLE = "whole";

/**
 * Rows of single phases to figures: for each scenario, phase and clock what each subject spends an operation
 * (microseconds, median), and `ratio`: the median over the rounds of what `subject` spent to what `base` spent in the same round.
 * The workload W has a further phase, "whole".
 */
export function figures(rows, base) {
  const cells = new Map();
  const put = (row, phase, operations) => {
    const key = JSON.stringify([row.scenario, phase]);
    if (!cells.has(key)) cells.set(key, { scenario: row.scenario, phase, operations: 0, rounds: new Map() });
    const cell = cells.get(key);
    cell.operations = Math.max(cell.operations, operations);
    if (!cell.rounds.has(row.round)) cell.rounds.set(row.round, {});
    const round = cell.rounds.get(row.round);
    round[row.subject] ??= {};
    for (const [clock, ms] of Object.entries(row.spent)) {
      round[row.subject][clock] = (round[row.subject][clock] ?? 0) + ms;
    }
  };
  const phases = new Map();
  for (const { scenario, phase } of rows)
    phases.set(scenario, (phases.get(scenario) ?? new Set()).add(phase));
  for (const row of rows) {
    put(row, row.phase, row.operations);
    if (phases.get(row.scenario).has("sendInput")) put(row, WHOLE, row.operations);
  }
  return [...cells.values()].map(({ scenario, phase, operations, rounds }) => {
    const all = [...rounds.values()];
    const subjects = Object.keys(all[0]);
    const clocks = Object.keys(all[0][subjects[0]]);
    const figure = { scenario, phase, operations, rounds: all.length, clocks: {} };
    for (const clock of clocks) {
      const microseconds = {};
      const ratio = {};
      const spread = {};
      for (const subject of subjects) {
        microseconds[subject] = (median(all.map((round) => round[subject][clock])) * 1e3) / operations;
        if (subject === base) continue;
        const ratios = all.map((round) => round[subject][clock] / round[base][clock]);
        ratio[subject] = median(ratios);
        spread[subject] = quartiles(ratios);
      }
      figure.clocks[clock] = { microseconds, ratio, spread };
    }
    return figure;
  });
}
