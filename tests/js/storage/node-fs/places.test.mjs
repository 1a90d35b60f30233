/** Where a directory may be asked for: anywhere, and where there can be none the refusal says so. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { commit, contents, directory, open } from "./support.mjs";

const ENTRY = new URL("../../../../pkg/dist/entry/node-fs.js", import.meta.url).href;

/** What becomes of opening a store there, in a process of its own: a call that never returns must not hold up the test. */
async function opened(place) {
  const source = `
    const { nodeFsStorage } = await import(${JSON.stringify(ENTRY)});
    const store = nodeFsStorage({ directory: ${JSON.stringify(place)} }).open("r");
    process.stdout.write(await store.then(() => "opened", ({ code }) => code));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", source], {
    timeout: 20_000,
  });
  return stdout;
}

test("what is missing above the directory is made", async (context) => {
  const place = join(directory(context), "some", "where", "else");
  const [one, other] = await Promise.all([open(place, { takeover: true }), open(place, { readOnly: true })]);
  await commit(one, { key: "value" });
  assert.deepEqual(await contents(other), { key: "value" });
  await one.close();
  await other.close();
});

test("a place below a file, or where the system makes no directories, is refused", async (context) => {
  const root = directory(context);
  writeFileSync(join(root, "file"), "");
  assert.equal(await opened(join(root, "file")), "EEXIST");
  assert.equal(await opened(join(root, "file", "below")), "ENOTDIR");
  if (existsSync("/proc/self")) {
    assert.equal(await opened("/proc/worker-runtime"), "ENOENT");
    assert.equal(await opened("/proc/worker-runtime/below"), "ENOENT");
  }
});
