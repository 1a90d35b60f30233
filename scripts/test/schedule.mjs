// Which stages run at the same time. What computes and waits for nothing runs in the background, one stage after another, with
// what the others leave of the processors. The others run in rounds, each in lanes beside each other; what measures runs alone, last.
import { inBackground } from "../shared/command.mjs";

/** Tests of hosts, which wait more than they compute; then those of a page, whose frames are counted. */
const ROUNDS = [
  [
    ["js", "component-node", "e2e-indexeddb"],
    ["adapters", "packaging", "wasm-chromium"],
  ],
  [["e2e-page"]],
];
const ALONE = ["budget"];
/** Stages that work with what one in the background makes, which therefore stands early in the list. */
const NEEDS = { "component-node": "component", "wasm-chromium": "wasm-node" };

const inForeground = new Set([...ROUNDS.flat(2), ...ALONE]);

/**
 * Has `runStage` run all `stages`, and answers with the results in their order.
 * @template {{ name: string }} Stage
 * @template Result
 * @param {Stage[]} stages
 * @param {(stage: Stage) => Promise<Result>} runStage rejects for nothing that a stage does
 * @returns {Promise<Result[]>}
 */
export async function inTheirTurns(stages, runStage) {
  const results = new Map();
  const ends = new Map(stages.map(({ name }) => [name, signal()]));

  async function inTurn(members) {
    for (const stage of members) {
      await ends.get(NEEDS[stage.name])?.promise;
      results.set(stage, await runStage(stage));
      ends.get(stage.name).give();
    }
  }
  const named = (names) => names.flatMap((wanted) => stages.filter(({ name }) => name === wanted));

  const background = inBackground(() => inTurn(stages.filter(({ name }) => !inForeground.has(name))));
  for (const lanes of ROUNDS) await Promise.all(lanes.map((lane) => inTurn(named(lane))));
  background.hurry();
  await background.ended;
  await inTurn(named(ALONE));
  return stages.map((stage) => results.get(stage));
}

function signal() {
  let give;
  const promise = new Promise((resolve) => {
    give = resolve;
  });
  return { promise, give };
}
