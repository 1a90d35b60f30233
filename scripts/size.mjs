// What a page downloads, what the module is made of, what npm delivers, and what has grown since the last release.
// With --release: keeps these sizes as those of the version in pkg/package.json, in scripts/size/released.json.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { aligned } from "../benches/js/report/table.mjs";
import { pack, tarball } from "./pack.mjs";
import { packageFolder, targetFolder } from "./shared/paths.mjs";
import { main, step } from "./shared/progress.mjs";
import { keepReleased, released } from "./size/growth.mjs";
import { measureSizes } from "./size/measure.mjs";
import { downloadRows, kibibytes, moduleRows, scriptRows } from "./size/table.mjs";

await main(async () => {
  await step("package", pack);
  const sizes = await step("sizes", measureSizes);
  const before = released();
  for (const rows of [downloadRows, scriptRows, moduleRows]) console.log(`${aligned(rows(sizes, before))}\n`);
  console.log(`tarball ${kibibytes(statSync(tarball()).size)}`);
  writeFileSync(join(targetFolder, "size", "sizes.json"), `${JSON.stringify(sizes, null, 2)}\n`);
  if (process.argv.includes("--release")) {
    keepReleased(JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")).version, sizes);
  }
});
