/* Bundles for pages, as a page would have them: minified, one file. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { installed, resolverOf } from "./cached.mjs";

const esbuild = async () => resolverOf(await installed("bundler"))("esbuild");

/** How a page would have it. */
const FOR_PAGES = { bundle: true, minify: true, format: "esm", platform: "browser", logLevel: "error" };

/**
 * Bundles `entry` (a file, or a text with the folder that it resolves names in) into `outfile`; names are also looked for in `packages`, a
 * folder of installed packages. What `external` names stays outside. Answers its size in brotli.
 */
export async function bundle({ entry, packages, outfile, external = [] }) {
  const { build } = await esbuild();
  await build({
    ...FOR_PAGES,
    ...(typeof entry === "string" ? { entryPoints: [entry] } : { stdin: entry }),
    ...(packages === undefined ? {} : { nodePaths: [join(packages, "node_modules")] }),
    external,
    outfile,
  });
  return brotliCompressSync(readFileSync(outfile)).length;
}

/** How many bytes of the bundle of `entry`, a text with the folder that it resolves names in, each file has, by its path. */
export async function bundledBytes(entry) {
  const { build } = await esbuild();
  const options = { stdin: entry, absWorkingDir: "/", write: false, metafile: true };
  const { metafile } = await build({ ...FOR_PAGES, ...options });
  const [{ inputs }] = Object.values(metafile.outputs);
  return Object.fromEntries(
    Object.entries(inputs).map(([path, { bytesInOutput }]) => [join("/", path), bytesInOutput]),
  );
}
