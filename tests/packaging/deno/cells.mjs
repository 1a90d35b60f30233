import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { runtimeCells } from "../support/runtime.mjs";

const host = "Deno 2";
const env = { ...process.env, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };

/** The program itself and not what starts it, which would be killed in its place. */
function denoProgram(context) {
  context.version = context.versionOf("deno");
  const [brought] = readdirSync(context.path("node_modules", "@deno"));
  return context.path("node_modules", "@deno", brought, "deno");
}

/** Its command for a file, with the permissions that it needs and no other: none for what stays in memory. */
function deno(context, file) {
  const files = file === "shared/in-memory.js" ? [] : ["--allow-read=.", "--allow-write=."];
  return [denoProgram(context), "run", "--no-prompt", "--no-remote", ...files, file];
}

export const kind = "Runtimes";
export const cells = [
  ...runtimeCells(host, deno, { env, kitPlace: (context) => context.folder }),
  {
    host,
    what: "`deno test`",
    async run(context) {
      const program = denoProgram(context);
      const output = await context.run(program, ["test", "--no-prompt", "books.test.js"], { env });
      const [, passed, failed] = /(\d+) passed \| (\d+) failed/.exec(output) ?? [];
      assert.ok(Number(passed) > 100 && failed === "0", output);
      return `${passed} tests`;
    },
  },
];
