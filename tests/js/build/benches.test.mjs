/** What a benchmark says on a machine that lacks what it needs. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const nowhere = { ...process.env, CHROMIUM: fileURLToPath(new URL("no-such-browser", import.meta.url)) };

const bench = (...groups) =>
  spawnSync(process.execPath, ["benches/js/bench.mjs", ...groups, "--rounds", "1"], {
    cwd: root,
    env: nowhere,
    encoding: "utf8",
  });

test("without a browser a group that needs one says what to do, and no more", () => {
  const { status, stderr } = bench("profile-indexeddb");
  assert.equal(status, 1);
  assert.match(stderr.trim(), /^left out: profile-indexeddb: [^\n]*CHROMIUM[^\n]*$/);
});

test("the other groups are measured all the same", () => {
  const { status, stdout, stderr } = bench("profile-indexeddb", "size");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /what a page downloads/);
  assert.match(stdout, /left out: profile-indexeddb: /);
});
