import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { nodeDisk } from "../../../../pkg/modules/storage/node-fs/disk.js";
import { logStorage } from "../../../../pkg/modules/storage/node-fs/storage.js";
import { directory, quickPlace } from "./support.mjs";

const ID = "r";
const MOST = 524_288;
const all = { gte: "!", lt: "~" };

/** The machine's file system with everything done at once, and how much is read between two turns of the loop. */
function countingDisk(context) {
  let read = 0;
  let total = 0;
  let most = 0;
  let immediate = setImmediate(function turn() {
    most = Math.max(most, read);
    read = 0;
    immediate = setImmediate(turn);
  });
  context.after(() => clearImmediate(immediate));
  const disk = {
    ...nodeDisk,
    read(file, into, position) {
      read += into.length;
      total += into.length;
      return fs.readSync(file, into, 0, into.length, position);
    },
    write(file, bytes, position) {
      fs.writeSync(file, bytes, 0, bytes.length, position);
    },
    sync(file) {
      fs.fdatasyncSync(file);
    },
    unlink(path) {
      fs.unlinkSync(path);
    },
  };
  return {
    disk,
    total: () => total,
    /** The most that was read between two turns since it was last asked. */
    takeMost() {
      const found = Math.max(most, read);
      most = 0;
      read = 0;
      return found;
    },
  };
}

/** Commits `count` values of `length` bytes each, a hundred at once. */
async function fill(store, count, length, byte) {
  for (let from = 0; from < count; from += 100) {
    const ops = [];
    for (let at = from; at < Math.min(count, from + 100); at += 1) {
      ops.push([`k${String(at).padStart(6, "0")}`, Buffer.alloc(length, byte)]);
    }
    await store.commit({ from: await store.head(), to: `head-${byte}-${from}`, ops });
  }
}

/** Waits until nothing but the last segment is left of a log. */
async function untilFolded(root) {
  const [name] = fs.readdirSync(root).filter((name) => /^[0-9a-f]{64}$/.test(name));
  for (let tries = 0; tries < 2_000; tries += 1) {
    const names = fs.readdirSync(join(root, name));
    if (names.length === 2 && names.every((name) => !name.startsWith("000000000001-"))) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("nothing was written anew");
}

for (const [length, count] of [
  [300, 30_000],
  [40_000, 200],
]) {
  test(`others have their turn while values of ${length} bytes are written anew`, async (context) => {
    const root = directory(context, quickPlace);
    const counting = countingDisk(context);
    const store = await logStorage(counting.disk, root).open(ID);
    await fill(store, count, length, 1);
    counting.takeMost();
    await fill(store, count, length, 2);
    await store.commit({ from: await store.head(), to: "last", ops: [["last", Buffer.alloc(1)]] });
    await untilFolded(root);
    const most = counting.takeMost();
    const found = await store.read(all);
    await store.close();
    assert.equal(found.length, count + 1);
    assert.ok(found.slice(0, count).every(([, value]) => value.length === length && value[0] === 2));
    assert.ok(most <= MOST, `${most} bytes without a turn`);
    context.diagnostic(`at most ${most} bytes without a turn`);
  });

  test(`others have their turn while many values of ${length} bytes are read`, async (context) => {
    const root = directory(context, quickPlace);
    const counting = countingDisk(context);
    const store = await logStorage(counting.disk, root).open(ID);
    await fill(store, count, length, 1);
    counting.takeMost();
    const ranges = Array.from({ length: count / 10 }, (_, at) => ({
      gte: `k${String(at * 10).padStart(6, "0")}`,
      lt: `k${String(at * 10 + 10).padStart(6, "0")}`,
    }));
    const parts = await Promise.all(ranges.map((range) => store.read(range)));
    const apart = counting.takeMost();
    const whole = await store.read(all);
    const together = counting.takeMost();
    await store.close();
    assert.deepEqual(parts.flat(), whole);
    assert.equal(whole.length, count);
    assert.ok(apart <= MOST, `${apart} bytes of many ranges without a turn`);
    assert.ok(together <= MOST, `${together} bytes of one range without a turn`);
  });
}

test("a commit waits for little of what is written anew, however much is committed meanwhile", async (context) => {
  const root = directory(context, quickPlace);
  const counting = countingDisk(context);
  const store = await logStorage(counting.disk, root).open(ID);
  await fill(store, 500, 40_000, 1);
  let total = 0;
  let most = 0;
  for (let step = 0; step < 900; step += 1) {
    const key = `k${String(step % 500).padStart(6, "0")}`;
    const ops = [
      [key, step % 7 === 6 ? null : Buffer.alloc(100_000, step % 251)],
      [`more${step}`, Buffer.alloc(10)],
    ];
    const from = await store.head();
    const before = counting.total();
    assert.equal(await store.commit({ from, to: `head-${step}`, ops }), `head-${step}`);
    most = Math.max(most, counting.total() - before);
    await new Promise(setImmediate);
    total += 100_000;
  }
  await untilFolded(root);
  const found = new Map(await store.read(all));
  await store.close();
  for (let step = 400; step < 900; step += 1) {
    const value = found.get(`k${String(step % 500).padStart(6, "0")}`);
    assert.equal(value?.length, step % 7 === 6 ? undefined : 100_000);
    assert.ok(value === undefined || value[0] === step % 251);
  }
  assert.ok(most <= 2_500_000, `a commit waited until ${most} bytes were read`);
  context.diagnostic(`of ${total} bytes a commit waited for ${most}`);
});

test("a large file is given back by another thread, whichever goes last, its name or who has it open", async (context) => {
  const root = directory(context, quickPlace);
  const path = join(root, "file");
  const other = join(root, "other");
  const make = (length) => {
    const file = fs.openSync(path, "wx+");
    fs.ftruncateSync(file, length);
    return file;
  };
  for (const [length, long] of [
    [4_096, false],
    [8_388_608, true],
  ]) {
    fs.closeSync(make(length));
    const unlinked = nodeDisk.unlink(path);
    assert.equal(unlinked instanceof Promise, long);
    await unlinked;
    assert.equal(fs.existsSync(path), false);

    const file = make(length);
    nodeDisk.link(path, other);
    // Another name is left.
    assert.equal(nodeDisk.unlink(other), undefined);
    fs.unlinkSync(path);
    const closed = nodeDisk.close(file);
    assert.equal(closed instanceof Promise, long);
    await closed;
    assert.throws(() => fs.fstatSync(file), { code: "EBADF" });
  }
  await assert.rejects(async () => nodeDisk.unlink(path), { code: "ENOENT" });
});
