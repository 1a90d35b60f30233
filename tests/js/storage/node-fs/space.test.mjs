import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { commit, contents, directory, filesOf, inspect, open, quickPlace } from "./support.mjs";

/** A file system of its own with so much room, or why there is none. */
function mount(size) {
  const path = mkdtempSync(join(tmpdir(), "node-fs-small-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path], { stdio: "pipe" });
  } catch (error) {
    rmSync(path, { recursive: true });
    return { reason: `mounting is not permitted here: ${String(error.message).split("\n")[0]}` };
  }
  return {
    path,
    unmount() {
      // Also while a store in it is still open, where the test has failed.
      execFileSync("umount", ["-l", path]);
      rmSync(path, { recursive: true });
    },
  };
}

/** Bytes in the files of a store, each file counted once. */
function sizeOf(root) {
  const files = Object.entries(filesOf(root)).filter(([name]) => !name.endsWith(".log"));
  return files.reduce((sum, [, bytes]) => sum + bytes.length, 0);
}

test("on a full disk commits are refused, nothing is lost, and it goes on once there is room", async (context) => {
  const small = mount("1m");
  if (small.path === undefined) {
    context.skip(small.reason);
    return;
  }
  context.after(() => small.unmount());
  const ballast = join(small.path, "ballast");
  writeFileSync(ballast, randomBytes(500_000));
  const store = await open(small.path);
  let head = null;
  const applied = [];
  let refused = 0;
  for (let step = 0; refused < 20; step += 1) {
    const to = `head-${step}`;
    try {
      const answer = await store.commit({
        from: head,
        to,
        ops: [[`k${step}`, randomBytes(1 + (step % 9) * 3_000)]],
      });
      assert.equal(answer, to);
      applied.push(`k${step}`);
      head = to;
    } catch (error) {
      assert.equal(error.name, "StorageRejected");
      assert.equal(error.code, "quota");
      refused += 1;
      assert.equal(await store.head(), head);
    }
  }
  assert.deepEqual(Object.keys(await contents(store)).sort(), [...applied].sort());
  assert.equal((await inspect(small.path)).head, head);
  unlinkSync(ballast);
  const after = await commit(store, { after: "there is room" });
  await store.close();
  const found = await inspect(small.path);
  assert.equal(found.head, after);
  assert.deepEqual(Object.keys(found.contents).sort(), [...applied, "after"].sort());
});

test("what says nothing any more is removed, while commits and reads go on", async (context) => {
  const root = directory(context, quickPlace);
  const store = await open(root);
  const value = randomBytes(100_000);
  const counting = { kept: "for ever" };
  await commit(store, counting);
  let most = 0;
  for (let step = 0; step < 150; step += 1) {
    const to = `head-${step}`;
    value[0] = step;
    const ops = [
      ["big", value],
      [`small-${step % 10}`, Buffer.from(String(step))],
      [`small-${(step + 5) % 10}`, null],
    ];
    const [answer, records] = await Promise.all([
      store.commit({ from: await store.head(), to, ops }),
      store.read({ gte: "kept", lt: "kept~" }),
    ]);
    assert.equal(answer, to);
    assert.equal(records.length, 1);
    if (step % 10 === 0) {
      most = Math.max(most, sizeOf(root));
    }
  }
  const before = await contents(store);
  await store.close();
  assert.ok(most < 4_000_000, `at most ${most} bytes of 15,000,000`);
  const { head, contents: after } = await inspect(root);
  assert.equal(head, "head-149");
  assert.deepEqual(after, before);
  assert.equal(after.kept, "for ever");
  context.diagnostic(`150 commits of 100,000 bytes over one key took at most ${most} bytes`);
});

test("many short lives leave few files, and what they wrote", async (context) => {
  const root = directory(context, quickPlace);
  const expected = {};
  let most = 0;
  for (let life = 0; life < 60; life += 1) {
    const store = await open(root);
    const changes = {
      [`life-${life}`]: "x".repeat(life % 3 === 0 ? 80_000 : (life % 3) * 50 - 50),
      last: String(life),
    };
    if (life % 4 === 3) {
      changes[`life-${life - 3}`] = null;
      delete expected[`life-${life - 3}`];
    }
    await commit(store, changes);
    for (const [key, value] of Object.entries(changes)) {
      if (value !== null) {
        expected[key] = value;
      }
    }
    if (life % 2 === 0) {
      await store.close();
    } else {
      // What a handle that was never closed has left is taken over like anybody else's.
      context.after(() => store.close());
      const next = await open(root, { takeover: true });
      await commit(next, { last: `${life}, taken over` });
      expected.last = `${life}, taken over`;
      await next.close();
    }
    most = Math.max(most, Object.keys(filesOf(root)).filter((name) => !name.endsWith(".log")).length);
  }
  assert.deepEqual((await inspect(root)).contents, expected);
  assert.ok(most <= 16, `${most} files`);
  context.diagnostic(`at most ${most} files`);
});
