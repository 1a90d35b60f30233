/** What a benchmark says on a machine that lacks what it needs. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tasksOf } from "../../../benches/js/hosts/tracing.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const nowhere = { ...process.env, CHROMIUM: fileURLToPath(new URL("no-such-browser", import.meta.url)) };

const bench = (...groups) =>
  spawnSync(process.execPath, ["benches/js/bench.mjs", ...groups, "--rounds", "1"], {
    cwd: root,
    env: nowhere,
    encoding: "utf8",
    timeout: 120_000,
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

test("a browser that does not start ends the benchmark", () => {
  const { status, stderr } = spawnSync(process.execPath, ["benches/js/bench.mjs", "profile-indexeddb"], {
    cwd: root,
    env: { ...process.env, CHROMIUM: process.execPath },
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(status, 1);
  assert.match(stderr, /Chromium ended with \d+/);
});

test("what promises call after a task belongs to it, and what stands within it does not count twice", () => {
  const task = (ts, dur, tdur) => ({ name: "ThreadControllerImpl::RunTask", ts, dur, tdur });
  const promises = (ts, dur, tdur) => ({ name: "BlinkScheduler_PerformMicrotaskCheckpoint", ts, dur, tdur });
  const events = [
    promises(2_500, 400, 100),
    { name: "v8.evaluateModule", ts: 1_100, dur: 700, tdur: 600 },
    task(1_000, 1_000, 900),
    promises(1_900, 50, 50),
    task(4_000, 2_000, 5_000),
    task(7_000, 1, undefined),
  ];
  assert.deepEqual(tasksOf(events), [
    { cpu: 1, wall: 1.4 },
    { cpu: 2, wall: 2 },
    { cpu: 0.001, wall: 0.001 },
  ]);
});
