/* Where the time of workload W goes, by function, from V8's sampling profiler. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../scripts/shared/command.mjs";
import { targetFolder } from "../../../scripts/shared/paths.mjs";
import { player } from "../hosts/node.mjs";
import { aligned } from "../report/table.mjs";

const SCENARIO = "W, 1,000 in flight";
const folder = join(targetFolder, "bench", "profile");
const MOST_LINES = 40;

/** Who a function belongs to. */
function ownerOf({ functionName, url }) {
  if (functionName === "(garbage collector)") return "garbage collector";
  if (functionName === "(idle)" || functionName === "(root)") return undefined;
  if (url.startsWith("wasm:") || functionName.startsWith("wasm-function")) return "module";
  if (url.includes("/dist/")) return "package";
  if (url.includes("/benches/js/")) return "benchmark";
  return "engine and host";
}

const placeOf = ({ url, lineNumber }) => {
  const path = url.split("/dist/")[1] ?? url.split("/benches/js/")[1] ?? url.split("/").at(-1);
  return path === "" || url.startsWith("wasm:") ? "" : `${path}:${lineNumber + 1}`;
};

/** Self times of a profile: by owner, and by function. */
export function summarise(profile) {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const owners = new Map();
  const functions = new Map();
  let whole = 0;
  profile.samples.forEach((id, at) => {
    const { callFrame } = nodes.get(id);
    const owner = ownerOf(callFrame);
    const spent = profile.timeDeltas[at];
    if (owner === undefined) return;
    whole += spent;
    owners.set(owner, (owners.get(owner) ?? 0) + spent);
    const name = `${callFrame.functionName || "(anonymous)"}\t${placeOf(callFrame)}\t${owner}`;
    functions.set(name, (functions.get(name) ?? 0) + spent);
  });
  const parts = (map) =>
    [...map].map(([name, spent]) => ({ name, part: spent / whole })).sort((a, b) => b.part - a.part);
  return { owners: parts(owners), functions: parts(functions) };
}

async function profile({ rounds, report }) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const task = { subjects: ["ours"], rounds, size: "full", select: [SCENARIO] };
  const options = ["--cpu-prof", `--cpu-prof-dir=${folder}`, "--expose-gc"];
  await run(process.execPath, [...options, player, JSON.stringify(task)], {
    log: "bench-profile",
    onLine: report,
  });
  const [file] = readdirSync(folder);
  const { owners, functions } = summarise(JSON.parse(readFileSync(join(folder, file), "utf8")));
  const percent = (part) => `${(part * 100).toFixed(1)} %`;
  const shown = functions.slice(0, MOST_LINES).map(({ name, part }) => {
    const [called, place, owner] = name.split("\t");
    return { part, called, place, owner };
  });
  return {
    versions: `Node.js ${process.versions.node}`,
    figures: [],
    detail: { owners, functions: shown },
    text: [
      aligned(owners.map(({ name, part }) => [name, percent(part)])),
      aligned(
        shown.map(({ called, place, owner, part }) => [called, place, owner, percent(part)]),
        3,
      ),
    ].join("\n\n"),
  };
}

export const profiles = [{ name: "profile", title: "Where the time of W goes", quick: false, run: profile }];
