import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { keptTwice, toldBy } from "../support/books.mjs";
import { visitTwice } from "../support/chromium.mjs";
import { serveFolder, serveWith } from "../support/serve.mjs";
import { shakingCell } from "../support/shaking.mjs";

const host = "Vite 8";
const cell = (what, run) => ({
  host,
  what,
  run(context) {
    context.version = context.versionOf("vite");
    return run(context);
  },
});

const devServer = (context) =>
  serveWith(context, "vite", (port) => ["--host", "127.0.0.1", "--port", String(port), "--strictPort"]);

/** Builds what has its index.html in `root`. */
async function build(context, root) {
  await context.run("vite", ["build", root]);
  return serveFolder(context, context.path(root, "dist"));
}

async function inNode(context, program, directory) {
  await keptTwice(
    async () => toldBy(await context.run(process.execPath, [program, context.path(directory)])),
    "power-loss",
  );
}

export const kind = "Bundlers";
export const cells = [
  cell("dev server", async (context) => visitTwice(context, await devServer(context))),
  cell("dev server, Web Worker", async (context) =>
    visitTwice(context, `${await devServer(context)}/worker/`),
  ),
  cell("build", async (context) => visitTwice(context, await build(context, "."))),
  cell("build, Web Worker", async (context) => visitTwice(context, await build(context, "worker"))),
  cell("dev server, `slim` with `?url`", async (context) =>
    visitTwice(context, `${await devServer(context)}/slim/`),
  ),
  cell("build, `slim` with `?url`", async (context) => visitTwice(context, await build(context, "slim"))),
  shakingCell(host, "vite", async (context, entry) => {
    const out = `shaken-${entry}`;
    mkdirSync(context.path(out));
    writeFileSync(
      context.path(out, "index.html"),
      `<!doctype html><script type="module" src="../shared/${entry}.js"></script>`,
    );
    await context.run("vite", ["build", out]);
    const [script] = readdirSync(context.path(out, "dist", "assets"));
    return `${out}/dist/assets/${script}`;
  }),
  cell("SSR in development", (context) => inNode(context, "development.mjs", "books-development")),
  cell("SSR build", async (context) => {
    await context.run("vite", ["build", "--ssr", "server.js", "--outDir", "built-server"]);
    await inNode(context, "production.mjs", "books-production");
  }),
];
