/** The adapter on `node:sqlite` of each Node.js that has it, and on `bun:sqlite`. */
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { hostProgram, testsOf } from "../hosts/hosts.mjs";

const PROGRAM = fileURLToPath(new URL("program.mjs", import.meta.url));

for (const host of ["node-22", "node-24", "bun"]) {
  test(`sqlite in ${host}`, async (context) => {
    const { path, reason } = await hostProgram(host);
    if (path === undefined) {
      context.skip(reason);
      return;
    }
    await testsOf(context, path, [PROGRAM]);
  });
}
