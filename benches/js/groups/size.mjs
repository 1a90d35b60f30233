/* What a page downloads, and what the module is made of. */
import { measureSizes } from "../../../scripts/size/measure.mjs";
import { downloadRows, moduleRows, scriptRows } from "../../../scripts/size/table.mjs";
import { pinned } from "../install/cached.mjs";

/** The figures that have a bound. */
export const sizeFigures = ({ downloads }) =>
  Object.entries({
    "size.default": downloads["default with IndexedDB"],
    "size.slim": downloads["slim with IndexedDB and module"],
  }).map(([id, { brotli }]) => ({ id, host: "page", value: brotli / 1024 }));

async function run() {
  const sizes = await measureSizes();
  return {
    versions: `esbuild ${pinned.bundler.packages.esbuild}, Node.js ${process.versions.node} with zlib ${process.versions.zlib} and brotli ${process.versions.brotli}`,
    figures: sizeFigures(sizes),
    detail: sizes,
    tables: [downloadRows, scriptRows, moduleRows].map((rows) => ({ rows: rows(sizes) })),
  };
}

export const size = [{ name: "size", title: "What a page downloads", quick: true, run }];
