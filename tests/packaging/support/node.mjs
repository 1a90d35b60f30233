/** Versions of Node.js that npm brings, as packages of one platform each. */
import { existsSync } from "node:fs";

/** The path of the Node.js of this major version in the project; skips the cell where npm has none for this machine. */
export function nodeOf(context, major) {
  const path = context.path("node_modules", packageOf(major), "bin", "node");
  if (!existsSync(path))
    context.skip(`npm has no Node.js ${major} for ${process.platform} on ${process.arch}`);
  return path;
}

export const packageOf = (major) => `node-${major}-${process.platform}-${process.arch}`;
