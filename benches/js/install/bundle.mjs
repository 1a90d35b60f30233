/* Bundles for pages, as a page would have them: minified, one file. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { installed, resolverOf } from "./cached.mjs";

/**
 * Bundles `entry` (a file, or a text with the folder that it resolves names in) into `outfile`; names are also looked for in `packages`, a
 * folder of installed packages. What `external` names stays outside. Answers its size in brotli.
 */
export async function bundle({ entry, packages, outfile, external = [] }) {
  const { build } = resolverOf(await installed("bundler"))("esbuild");
  await build({
    ...(typeof entry === "string" ? { entryPoints: [entry] } : { stdin: entry }),
    ...(packages === undefined ? {} : { nodePaths: [join(packages, "node_modules")] }),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    external,
    outfile,
    logLevel: "error",
  });
  return brotliCompressSync(readFileSync(outfile)).length;
}
