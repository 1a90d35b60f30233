// Every relative link of a document in a package, npm's or cargo's, leads to a file or folder of it. Prints each that
// does not; status 1 where there is any, or no relative link at all. By itself: node scripts/check-packed-links.mjs TARBALL
import { execFileSync } from "node:child_process";
import { posix } from "node:path";

const [tarball] = process.argv.slice(2);
const tar = (flags, ...names) => execFileSync("tar", [flags, tarball, ...names], { encoding: "utf8" });

/** All folders above a file. */
function foldersOf(file) {
  const folder = posix.dirname(file);
  return folder === "." ? [] : [folder, ...foldersOf(folder)];
}

const files = new Set(tar("-tzf").trim().split("\n"));
const folders = new Set([...files].flatMap(foldersOf));
const documents = [...files].filter((name) => name.endsWith(".md"));
let links = 0;
const broken = [];
for (const document of documents) {
  const lines = tar("-xzOf", document).split("\n");
  for (const [index, line] of lines.entries()) {
    for (const [, inline, reference] of line.matchAll(/\]\(\s*<?([^)>\s]*)|^\s*\[[^\]]+\]:\s*<?([^>\s]+)/g)) {
      const target = inline ?? reference;
      if (/^[a-z][a-z+.-]*:|^#/i.test(target)) continue;
      links += 1;
      const path = posix.join(posix.dirname(document), target.replace(/#.*$/, ""));
      if (!files.has(path) && !folders.has(path))
        broken.push(`${document}:${index + 1} links to ${target}, which is not in the package`);
    }
  }
}
for (const problem of broken) console.log(problem);
console.log(`${documents.length} documents, ${links} relative links, ${broken.length} broken`);
process.exitCode = broken.length > 0 || links === 0 ? 1 : 0;
