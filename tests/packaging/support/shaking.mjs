/** Whether a bundler leaves out what a program imports and does not use. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { inlinedBytes, marksOf } from "./package-files.mjs";

const ADAPTERS = ["./indexeddb", "./testing"];

/**
 * A cell. `bundle(context, entry)` makes a bundle of shared/`entry`.js and answers with its file in the project.
 */
export const shakingCell = (host, version, bundle) => ({
  host,
  what: "leaves out what is not used",
  async run(context) {
    context.version = context.versionOf(version);
    const made = async (entry) => readFileSync(context.path(await bundle(context, entry)), "utf8");
    const [whole, used, types] = [await made("page"), await made("shake"), await made("shake-types")];
    const bytes = inlinedBytes(context);
    // What is recognised where it is used would be recognised where it should not be.
    const left = marksOf(context, "./indexeddb").filter((mark) => whole.includes(mark));
    assert.ok(left.length > 0 && whole.includes(bytes), "nothing is recognised in a whole bundle");
    assert.ok(used.includes(bytes));
    for (const adapter of ADAPTERS) {
      assert.deepEqual(
        marksOf(context, adapter).filter((mark) => used.includes(mark)),
        [],
        `${adapter} is in the bundle`,
      );
    }
    assert.ok(!types.includes(bytes), "the module's bytes are in the bundle");
    const size = (text) => `${(text.length / 1024).toFixed(0)} KiB`;
    return `${size(whole)} with IndexedDB, ${size(used)} without, ${size(types)} without the module`;
  },
});
