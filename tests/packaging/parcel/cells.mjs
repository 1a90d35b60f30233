/** A bundler that does not know `exports` unless it is told to. */
import { writeFileSync } from "node:fs";
import { visitTwice } from "../support/chromium.mjs";
import { serveFolder, serveWith } from "../support/serve.mjs";

const cell = (what, run) => ({
  host: "Parcel 2",
  what,
  run(context) {
    context.version = context.versionOf("parcel");
    // Parcel takes the nearest folder with a lock file for the project's, which it watches and leaves its cache in.
    writeFileSync(context.path("yarn.lock"), "");
    return run(context);
  },
});

const devServer = (context) =>
  serveWith(context, "parcel", (port) => ["serve", "index.html", "--host", "127.0.0.1", "--port", `${port}`]);

/** Builds what has its index.html in `folder`. */
async function build(context, folder) {
  const out = context.path("built", folder);
  await context.run("parcel", ["build", context.path(folder, "index.html"), "--dist-dir", out]);
  return serveFolder(context, out);
}

export const kind = "Bundlers";
export const cells = [
  cell("dev server", async (context) => visitTwice(context, await devServer(context))),
  cell("build", async (context) => visitTwice(context, await build(context, "."))),
  cell("build, Web Worker", async (context) => visitTwice(context, await build(context, "worker"))),
];
