// The stage that holds the package to its budgets of time and bytes, in short.
import { checkBudgets } from "../../benches/js/budget.mjs";
import { bound, number } from "../../benches/js/report/verdict.mjs";

/** A stage: counts the budgets that are kept; fails where one is not. */
export const budget = {
  group: "budget",
  name: "budget",
  needsPackage: true,
  async run({ report }) {
    const results = await checkBudgets(report);
    const broken = results.filter(({ kept }) => !kept);
    const counts = { passed: results.length - broken.length, failed: broken.length, skipped: 0 };
    if (broken.length === 0) return counts;
    const lines = broken.map(
      ({ id, host, value, bound: allowed }) =>
        `${id} in ${host}: ${number(value)}, allowed ${bound(allowed)}`,
    );
    throw Object.assign(new Error(`over budget\n${lines.join("\n")}`), { counts, output: lines.join("\n") });
  },
};
