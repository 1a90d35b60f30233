import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { nodeCounts } from "../../../scripts/test/counts.mjs";
import { keptTwice, toldBy } from "../support/books.mjs";
import { runtimeCells } from "../support/runtime.mjs";

/** The path of the Node.js of this major version that npm has brought. */
function nodeOf(context, major) {
  const name = `node-${major}-${process.platform}-${process.arch}`;
  const path = context.path("node_modules", name, "bin", "node");
  if (!existsSync(path))
    context.skip(`npm has no Node.js ${major} for ${process.platform} on ${process.arch}`);
  context.version = context.versionOf(name);
  return path;
}

const program = (host, major, what, file) => ({
  host,
  what,
  async run(context) {
    const node = nodeOf(context, major);
    const directory = context.path(`books-${major}-${file}`);
    await keptTwice(async () => toldBy(await context.run(node, [file, directory])), "power-loss");
  },
});

const cellsOf = (major) => {
  const host = `Node.js ${major}`;
  return [
    ...runtimeCells(host, (context, file) => [nodeOf(context, major), file]),
    program(host, major, "`require()`", "require.cjs"),
    program(host, major, "`worker_threads`", "thread.mjs"),
    program(host, major, "`slim` with the module's bytes", "slim.mjs"),
    {
      host,
      what: "`node --test`",
      async run(context) {
        const env = { ...process.env, BOOKS: context.path(`books-${major}-test`) };
        const output = await context.run(nodeOf(context, major), ["--test", "books.test.mjs"], { env });
        const { passed, failed, skipped } = nodeCounts(output);
        assert.ok(passed > 100 && failed === 0 && skipped === 0, output);
        return `${passed} tests`;
      },
    },
  ];
};

export const kind = "Runtimes";
export const cells = [20, 22, 24].flatMap(cellsOf);
