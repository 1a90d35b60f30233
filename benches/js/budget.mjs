/*
 * The budgets of reach.mjs, checked in short: a figure fails that stays above (or below) its budget in every attempt. Budgets are
 * about twice what is reached on a quiet machine.
 */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { targetFolder } from "../../scripts/shared/paths.mjs";
import { measureSizes } from "../../scripts/size/measure.mjs";
import { timesByHand } from "./groups/appends.mjs";
import { NAMED } from "./groups/memory.mjs";
import { sizeFigures } from "./groups/size.mjs";
import { playInChromium } from "./hosts/chromium.mjs";
import { runProgram } from "./hosts/node.mjs";
import { REACH } from "./reach.mjs";
import { figures } from "./report/statistics.mjs";

const ATTEMPTS = 4;
const ROUNDS = 3;
const SHORT = { subjects: ["plain", "ours"], rounds: ROUNDS, size: "short" };

const ratios = (rows) => {
  const all = figures(rows, "plain");
  return Object.entries(NAMED).map(([id, [scenario, phase]]) => {
    const { clocks } = all.find((figure) => figure.scenario === scenario && figure.phase === phase);
    return { id, value: (clocks.thread ?? clocks.cpu).ratio.ours };
  });
};

async function inNode(select) {
  const { answer } = await runProgram("play", { ...SHORT, select }, { flags: ["--expose-gc"] });
  return ratios(answer.rows);
}

const inChromium = async (select) => ratios((await playInChromium({ ...SHORT, select })).rows);

async function stored() {
  const { answer } = await runProgram("store-costs", { sizes: [{ workers: 100, each: 200 }], ones: 3_000 });
  const [row] = answer.rows;
  return [
    { id: "store.commit", value: row.beyondContent },
    { id: "store.life", value: row.life },
    { id: "store.rest", value: row.rest },
  ];
}

async function appended() {
  const directory = join(targetFolder, "bench", "budget");
  rmSync(directory, { recursive: true, force: true });
  const task = { directory, rounds: 3, alone: 100, atOnce: 200 };
  const { answer } = await runProgram("appends-node-fs", task);
  rmSync(directory, { recursive: true, force: true });
  return [
    // Not beside the raw writer: how that compares is the disk's.
    { id: "files.one-by-hand", value: timesByHand(answer, "one") },
    { id: "files.together-by-hand", value: timesByHand(answer, "together") },
  ];
}

async function subscribed() {
  const { answer } = await runProgram("subscribers", { many: 100, events: 300 });
  const [one, many] = answer;
  return [{ id: "subscribers.reads", value: many.behind.records / one.behind.records }];
}

const SCENARIOS = [...new Set(Object.values(NAMED).map(([scenario]) => scenario))];

/** What is measured together, and on which host. */
const CHECKS = [
  { host: "node", measure: () => inNode(SCENARIOS) },
  { host: "chromium", measure: () => inChromium(SCENARIOS) },
  { host: "node", measure: stored },
  { host: "node", measure: appended },
  { host: "node", measure: subscribed },
  { host: "page", measure: async () => sizeFigures(await measureSizes()), attempts: 1 },
];

const isBetter = ({ budget }, value, best) => {
  if (best === undefined) return true;
  return budget.atLeast === undefined ? value < best : value > best;
};

const isKept = (bound, value) =>
  bound === undefined || (value <= (bound.atMost ?? value) && value >= (bound.atLeast ?? value));

/** The best of all attempts for each figure that has a budget: `{ id, host, value, bound, kept }`. */
export async function checkBudgets(report = () => {}) {
  const results = [];
  for (const { host, measure, attempts = ATTEMPTS } of CHECKS) {
    const best = new Map();
    for (let attempt = 1; attempt <= attempts; attempt++) {
      report(`${host}, attempt ${attempt}`);
      for (const { id, value } of await measure()) {
        if (REACH[id].budget?.[host] === undefined) continue;
        if (isBetter({ budget: REACH[id].budget[host] }, value, best.get(id))) best.set(id, value);
      }
      if ([...best].every(([id, value]) => isKept(REACH[id].budget[host], value))) break;
    }
    for (const [id, value] of best) {
      const bound = REACH[id].budget[host];
      results.push({ id, host, value, bound, kept: isKept(bound, value) });
    }
  }
  return results;
}
