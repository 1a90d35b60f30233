/* A program that a group runs in a Node.js of its own: its task comes as JSON, its answer goes as JSON. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packedFolder } from "../../../scripts/shared/paths.mjs";

/** An entry point of the packed package. */
export const fromPackage = (name) =>
  import(pathToFileURL(createRequire(join(packedFolder, "package.json")).resolve(name)).href);

/** Runs `work(task, report)` and prints its answer as the last line; lines that begin with "#" are progress. */
export async function program(work) {
  const answer = await work(JSON.parse(process.argv[2] ?? "{}"), (text) => console.log(`# ${text}`));
  console.log(JSON.stringify({ node: process.versions.node, answer }));
}
