/* Samples of V8's profiler, summed up by function. */
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { packageFolder } from "../../../scripts/shared/paths.mjs";

/** Who a function belongs to; `undefined`: nobody worked. */
function ownerOf({ functionName, url }) {
  if (functionName === "(garbage collector)") return "garbage collector";
  if (functionName === "(idle)" || functionName === "(root)") return undefined;
  if (url.startsWith("wasm:") || functionName.startsWith("wasm-function")) return "module";
  if (url.includes("/dist/")) return "package";
  if (url.includes("/benches/")) return "benchmark";
  return "engine and host";
}

const maps = new Map();

/** What says which module a place of a bundle comes from, where the build left it. */
function mapOf(path) {
  if (!maps.has(path)) {
    const file = join(packageFolder, "dist", `${path}.map`);
    maps.set(path, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, "utf8"))) : undefined);
  }
  return maps.get(path);
}

function placeOf({ url, lineNumber, columnNumber }) {
  if (url === "" || url.startsWith("wasm:")) return "";
  const path = (url.split("/dist/")[1] ?? url.split("/").at(-1)).split("?")[0];
  const { originalSource, originalLine } = mapOf(path)?.findEntry(lineNumber, columnNumber) ?? {};
  if (originalSource === undefined) return `${path}:${lineNumber + 1}`;
  return `${originalSource.split("/modules/")[1]}:${originalLine + 1}`;
}

const WORK = new Set(["module", "package", "benchmark"]);

/** Parts of the self time of several profiles: by owner, and by function, the largest first. */
export function summarise(profiles) {
  const owners = new Map();
  const functions = new Map();
  let whole = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    const isWork = (id) => WORK.has(ownerOf(frames.get(id)));
    // Before the first and after the last one the profiler itself was at work.
    const [first, last] = [samples.findIndex(isWork), samples.findLastIndex(isWork)];
    samples.forEach((id, at) => {
      if (at < first || at > last) return;
      const frame = frames.get(id);
      const owner = ownerOf(frame);
      if (owner === undefined) return;
      const spent = Math.max(0, timeDeltas[at]);
      whole += spent;
      owners.set(owner, (owners.get(owner) ?? 0) + spent);
      const key = `${frame.functionName}\t${placeOf(frame)}\t${owner}`;
      functions.set(key, (functions.get(key) ?? 0) + spent);
    });
  }
  const parts = (map) =>
    [...map].map(([name, spent]) => ({ name, part: spent / whole })).sort((a, b) => b.part - a.part);
  return {
    owners: parts(owners),
    functions: parts(functions).map(({ name, part }) => {
      const [called, place, owner] = name.split("\t");
      return { called: called || "(anonymous)", place, owner, part };
    }),
  };
}
