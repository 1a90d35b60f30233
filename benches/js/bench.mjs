/*
 * Measures the packed package beside plain JavaScript and others.
 *   npm run bench -- quick           a minute and a half
 *   npm run bench -- full            everything, into benches/results and the documents
 *   npm run bench -- NAME…           single groups by name, `memory` for all that begin so
 *   npm run bench -- documents       the documents and plots again, from what is kept
 * Options: --rounds N (7); --save: as "full" does; --calm MINUTES: waits so long at most before each group for others to be done.
 */
import { pack } from "../../scripts/pack.mjs";
import { main, step } from "../../scripts/shared/progress.mjs";
import { Unavailable } from "../../scripts/shared/unavailable.mjs";
import { groups } from "./groups/index.mjs";
import { NotInstalled } from "./install/cached.mjs";
import { renewDocuments } from "./report/documents.mjs";
import { commit, load, machine } from "./report/machine.mjs";
import { drawPlots } from "./report/plots.mjs";
import { save } from "./report/results.mjs";
import { shown } from "./report/table.mjs";
import { verdicts } from "./report/verdict.mjs";

const words = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = words.indexOf(`--${name}`);
  return at < 0 ? otherwise : words.splice(at, 2)[1];
};
const rounds = Number(option("rounds", 7));
const calmMinutes = Number(option("calm", 0));
const saved = words.includes("full") || words.includes("--save");

function select() {
  if (words.includes("full")) return { effort: "full", selected: groups };
  if (words.includes("quick")) return { effort: "quick", selected: groups.filter(({ quick }) => quick) };
  const selected = groups.filter(({ name }) =>
    words.some((word) => name === word || name.startsWith(`${word}-`)),
  );
  if (selected.length === 0) {
    throw new Unavailable(
      `What is to be measured? quick, full, or some of: ${groups.map(({ name }) => name).join(", ")}`,
    );
  }
  return { effort: "full", selected };
}

const CALM_LOAD = 1;
const LOOK_AGAIN_MS = 10_000;

/** Waits until hardly anything else runs. */
async function calm(minutes, report) {
  const end = performance.now() + minutes * 60_000;
  while (load() > CALM_LOAD && performance.now() < end) {
    report(`load ${load()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  return `load ${load()}`;
}

/** Plots are left as they are where their tools cannot be installed. */
async function renewAll() {
  renewDocuments();
  try {
    return `plots: ${(await drawPlots()).join(", ")}`;
  } catch (error) {
    if (!(error instanceof NotInstalled)) throw error;
    return `no plots: ${error.message}`;
  }
}

/** What is kept of a group's result. */
function keep(name, title, before, result) {
  const { tables, ...rest } = result;
  save(name, {
    group: name,
    title,
    command: `npm run bench -- ${name}${rounds === 7 ? "" : ` --rounds ${rounds}`}`,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    machine: machine(),
    load: [before, load()],
    ...rest,
    tables,
  });
}

await main(async () => {
  if (words.includes("documents")) {
    await step("documents", renewAll);
    return;
  }
  const { effort, selected } = select();
  await step("package", pack);
  const { cpu, cpus, memoryGiB, system } = machine();
  console.log(`${cpu}, ${cpus} CPUs, ${memoryGiB} GiB, ${system}; load ${load()}`);
  const figures = [];
  const leftOut = [];
  for (const { name, title, run } of selected) {
    if (calmMinutes > 0) await step("calm", (report) => calm(calmMinutes, report));
    const before = load();
    let result;
    try {
      result = await step(name, (report) => run({ effort, rounds, report }));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      leftOut.push(`left out: ${name}: ${error.message}`);
      continue;
    }
    console.log(`\n${title}: ${result.versions}; load ${load()}`);
    for (const table of result.tables) console.log(`${shown(table)}\n`);
    figures.push(...result.figures);
    if (saved) keep(name, title, before, result);
  }
  if (figures.length > 0) console.log(verdicts(figures));
  if (saved) await step("documents", renewAll);
  if (leftOut.length === selected.length) throw new Unavailable(leftOut.join("\n"));
  for (const line of leftOut) console.log(line);
});
