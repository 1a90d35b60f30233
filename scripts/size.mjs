// The sizes of what a page loads and of what npm delivers.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { pack, tarball } from "./pack.mjs";
import { packageFolder } from "./shared/paths.mjs";
import { main } from "./shared/progress.mjs";

const kibibytes = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12);

await main(async () => {
  await pack();
  const files = ["worker_runtime.wasm", "generated/glue.js", "generated/wasm-bytes.js"];
  console.log(`${"".padEnd(26)}${["plain", "gzip", "brotli"].map((name) => name.padStart(12)).join("")}`);
  for (const name of files) {
    const bytes = readFileSync(join(packageFolder, "dist", name));
    const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length];
    console.log(`${name.padEnd(26)}${sizes.map(kibibytes).join("")}`);
  }
  console.log(`${"tarball".padEnd(26)}${kibibytes(statSync(tarball()).size)}`);
});
