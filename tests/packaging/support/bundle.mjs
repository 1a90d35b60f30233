/** Bundles as they are put to use: in a page, or as a program of Node.js. */
import { copyFileSync } from "node:fs";
import { keptTwice, toldBy } from "./books.mjs";
import { visitTwice } from "./chromium.mjs";
import { serveFolder } from "./serve.mjs";

/** Visits a page with `main.js` of the folder `out`: a classic script, or a module. */
export async function visitBundle(context, out, page = "index.html") {
  copyFileSync(context.path("shared", page), context.path(out, "index.html"));
  await visitTwice(context, await serveFolder(context, context.path(out)));
}

/** Runs a bundle in this Node.js. */
export async function runBundle(context, file) {
  const directory = context.path(`${file}.books`);
  await keptTwice(async () => toldBy(await context.run(process.execPath, [file, directory])), "power-loss");
}
