// The documents that go into the package, as they read there: a link to what does not go with them is its text alone.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { packageFolder, root } from "../shared/paths.mjs";

/** Copied as they are. */
const LICENCES = ["LICENSE-MIT", "LICENSE-APACHE"];
const DOCUMENTS = [
  "README.md",
  "CHANGELOG.md",
  "docs/durable-object.md",
  "docs/export-format.md",
  "docs/format.md",
  "docs/indexeddb.md",
  "docs/level.md",
  "docs/node-fs-format.md",
  "docs/postgres.md",
  "docs/sqlite.md",
];

/** Where they come from. */
export const documentSources = [...DOCUMENTS, ...LICENCES].map((name) => join(root, name));

const LINK = /(?<image>!?)\[(?<text>(?:[^[\]]|\[[^\]]*\])*)\]\((?<target>[^()\s]+)\)/g;

/** A document of the repository, at `name` in it, without the links that lead out of the package. */
export function packagedText(name, text) {
  const unlinked = text.replace(LINK, (link, image, label, target) => {
    if (/^(?:[a-z]+:|#)/.test(target)) return link;
    const path = posix.join(posix.dirname(name), target.replace(/#.*$/, ""));
    if (DOCUMENTS.includes(path) || LICENCES.includes(path)) return link;
    return image === "" ? label : "";
  });
  // Where an image stood by itself, there is one paragraph less.
  return unlinked.replace(/\n{3,}/g, "\n\n");
}

/** Has `run` run while the documents are in the package's folder. */
export async function withDocuments(run) {
  const written = [];
  const put = (name, content) => {
    const path = join(packageFolder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    written.push(path);
  };
  try {
    for (const name of DOCUMENTS) put(name, packagedText(name, readFileSync(join(root, name), "utf8")));
    for (const name of LICENCES) put(name, readFileSync(join(root, name)));
    return await run();
  } finally {
    for (const path of written) rmSync(path, { force: true });
    rmSync(join(packageFolder, "docs"), { recursive: true, force: true });
  }
}
