/* The in-memory scenarios in a Node.js of its own, this one or another. */
import { fileURLToPath } from "node:url";
import { run } from "../../../scripts/shared/command.mjs";

/** The program that plays scenarios. */
export const player = fileURLToPath(new URL("./play-node.mjs", import.meta.url));
const LONGEST_MS = 30 * 60_000;

/** Rows as `playRounds` answers them, and the versions. */
export async function playInNode({ program = process.execPath, report = () => {}, ...task }) {
  const output = await run(program, ["--expose-gc", player, JSON.stringify(task)], {
    timeoutMs: LONGEST_MS,
    log: "bench-node",
    onLine: (line) => line.startsWith("# ") && report(line.slice(2)),
  });
  return JSON.parse(output.trimEnd().split("\n").at(-1));
}
