/* Programs in a Node.js of their own, this one or another. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../../scripts/shared/command.mjs";
import { installed } from "../install/cached.mjs";

const LONGEST_MS = 60 * 60_000;

/** The path of a Node.js 24, installed on first use. */
export const node24 = async () => join(await installed("node-24"), "node_modules", ".bin", "node");

/** Runs `programs/NAME.mjs` with its task; answers `{ node, answer }`. */
export async function runProgram(
  name,
  task,
  { node = process.execPath, flags = [], report = () => {} } = {},
) {
  const path = fileURLToPath(new URL(`../programs/${name}.mjs`, import.meta.url));
  const output = await run(node, [...flags, path, JSON.stringify(task)], {
    timeoutMs: LONGEST_MS,
    log: `bench-${name}`,
    onLine: (line) => line.startsWith("# ") && report(line.slice(2)),
  });
  return JSON.parse(output.trimEnd().split("\n").at(-1));
}
