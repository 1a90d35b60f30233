import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import {
  commit,
  copyStore,
  directory,
  filesOf,
  inspect,
  open,
  quickPlace,
  storeDirectory,
} from "./support.mjs";

/** The file that is appended to, and where its records end: they are told apart by their line feeds and marks. */
function lastSegment(root) {
  const store = storeDirectory(root);
  const name = readdirSync(store).find((name) => name.endsWith(".log"));
  return join(store, name);
}

/** Lengths of the file after each of some commits, zeros of room made in advance left out. */
function used(path) {
  const bytes = readFileSync(path);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) {
    end -= 1;
  }
  return end;
}

async function prepare(context, root) {
  const store = await open(root);
  context.after(() => store.close());
  const ends = [];
  const heads = [];
  for (const changes of [{ a: "one", b: "two" }, { c: "three" }, { a: null, d: "four" }, { b: "five" }]) {
    heads.push(await commit(store, changes));
    ends.push(used(lastSegment(root)));
  }
  return { store, ends, heads };
}

const BEFORE_LAST = { b: "two", c: "three", d: "four" };
const ALL = { b: "five", c: "three", d: "four" };

test("a last record that is cut anywhere is as if it had never been, and the log goes on", async (context) => {
  const root = directory(context, quickPlace);
  const { ends, heads } = await prepare(context, root);
  const target = join(directory(context, quickPlace), "copy");
  for (let length = ends[2]; length < ends[3]; length += 1) {
    for (const rest of ["cut", "zeros", "garbage"]) {
      if (rest !== "cut" && length % 7 !== 0) {
        continue;
      }
      copyStore(root, target);
      const path = lastSegment(target);
      const { size } = statSync(path);
      truncateSync(path, length);
      if (rest === "zeros") {
        truncateSync(path, size);
      } else if (rest === "garbage") {
        writeFileSync(path, Buffer.alloc(500, "garbage"), { flag: "a" });
      }
      const before = filesOf(target);
      assert.deepEqual(await inspect(target), { head: heads[2], contents: BEFORE_LAST }, `cut at ${length}`);
      // Who only reads leaves even that alone, and no trace of having been there.
      assert.deepEqual(filesOf(target), before);
      assert.equal(readdirSync(target).length, 1);
      if (length % 20 === 0 || length === ends[2] || length === ends[3] - 1) {
        const store = await open(target);
        assert.equal(await store.head(), heads[2]);
        const head = await commit(store, { e: "after" });
        await store.close();
        assert.deepEqual(await inspect(target), { head, contents: { ...BEFORE_LAST, e: "after" } });
      }
    }
  }
});

test("a flipped byte in the last record of a killed writer is taken for a torn one", async (context) => {
  const root = directory(context, quickPlace);
  const { ends, heads } = await prepare(context, root);
  const target = join(directory(context, quickPlace), "copy");
  for (let at = ends[2]; at < ends[3]; at += 1) {
    copyStore(root, target);
    flip(lastSegment(target), at);
    assert.deepEqual(await inspect(target), { head: heads[2], contents: BEFORE_LAST }, `flipped at ${at}`);
  }
});

test("a flipped byte before the last record is reported, by whom ever, and nothing is changed", async (context) => {
  const root = directory(context, quickPlace);
  const { ends } = await prepare(context, root);
  const target = join(directory(context, quickPlace), "copy");
  copyStore(root, target);
  for (let at = 0; at < ends[2]; at += 1) {
    flip(lastSegment(target), at);
    const before = filesOf(target);
    await assert.rejects(inspect(target), damaged, `flipped at ${at}`);
    if (at % 25 === 0) {
      const store = await open(target);
      await assert.rejects(store.head(), damaged);
      await assert.rejects(store.commit({ from: "any", to: "other", ops: [] }), damaged);
      await store.close();
    }
    assert.deepEqual(filesOf(target), before);
    flip(lastSegment(target), at);
  }
  assert.deepEqual((await inspect(target)).contents, ALL);
});

test("after a clean close every flipped byte and every cut in every file is noticed", async (context) => {
  const root = directory(context, quickPlace);
  const { store } = await prepare(context, root);
  await store.close();
  // A second owner, whose segment goes on from the first one's.
  const big = await open(root);
  await commit(big, { large: "x".repeat(70_000) });
  await big.close();
  const again = await open(root);
  const head = await commit(again, { b: "six" });
  await again.close();
  const everything = { head, contents: { ...ALL, b: "six", large: "x".repeat(70_000) } };
  assert.deepEqual(await inspect(root), everything);

  const target = join(directory(context, quickPlace), "copy");
  copyStore(root, target);
  const names = Object.keys(filesOf(target));
  assert.equal(names.length, 3);
  for (const name of names) {
    const path = join(storeDirectory(target), name);
    const { length } = readFileSync(path);
    for (const at of interesting(length)) {
      flip(path, at);
      await assert.rejects(inspect(target), noticed, `${name} flipped at ${at}`);
      flip(path, at);
      const whole = readFileSync(path);
      truncateSync(path, at);
      await assert.rejects(inspect(target), noticed, `${name} cut to ${at}`);
      writeFileSync(path, whole);
    }
    copyStore(root, target);
    writeFileSync(path, "\0", { flag: "a" });
    if (name.includes(".clean-") && statSync(path).nlink === 1) {
    }
  }
});

test("a file that is missing is noticed", async (context) => {
  const root = directory(context, quickPlace);
  const { store } = await prepare(context, root);
  await commit(store, { large: "x".repeat(70_000) });
  await store.close();
  const next = await open(root);
  await commit(next, { b: "six" });
  await next.close();
  const target = join(directory(context, quickPlace), "copy");
  for (const name of Object.keys(filesOf(root))) {
    copyStore(root, target);
    unlinkSync(join(storeDirectory(target), name));
    await assert.rejects(inspect(target), noticed, `${name} removed`);
  }
});

test("a newer format is refused and left alone", async (context) => {
  const root = directory(context, quickPlace);
  const { store } = await prepare(context, root);
  await store.close();
  const path = lastSegment(root);
  const bytes = readFileSync(path);
  bytes.write("format 2\n", bytes.indexOf("format 1\n"));
  writeFileSync(path, bytes);
  const before = filesOf(root);
  await assert.rejects(inspect(root), /format 2/);
  const other = await open(root);
  await assert.rejects(other.commit({ from: null, to: "x", ops: [] }), /format 2/);
  await other.close();
  assert.deepEqual(filesOf(root), before);
});

test("a damaged value of a log that is too long to be verified at once is named by its key", async (context) => {
  const root = directory(context, quickPlace);
  const store = await open(root);
  const value = Buffer.alloc(1_048_576, 7);
  for (let group = 0; group < 17; group += 1) {
    const ops = [0, 1, 2, 3].map((at) => [`k${String(group * 4 + at).padStart(3, "0")}`, value]);
    await store.commit({ from: await store.head(), to: `head-${group}`, ops });
  }
  await store.close();
  const path = lastSegment(root);
  flip(path, 40 * 1_048_576);
  const damagedStore = await open(root, { readOnly: true });
  assert.equal(await damagedStore.head(), "head-16");
  const keys = [];
  for (let at = 0; at < 68; at += 1) {
    const key = `k${String(at).padStart(3, "0")}`;
    try {
      await damagedStore.read({ gte: key, lt: `${key}~` });
    } catch (error) {
      assert.equal(error.name, "StorageCorrupt");
      assert.equal(error.key, key);
      keys.push(key);
    }
  }
  await damagedStore.close();
  assert.equal(keys.length, 1);
});

/** All of a short file, of a long one the ends and a sample. */
function interesting(length) {
  const places = new Set();
  for (let at = 0; at < length; at += at < 500 || at > length - 160 ? 1 : 1_999) {
    places.add(at);
  }
  return places;
}

function flip(path, at) {
  const bytes = readFileSync(path);
  bytes[at] ^= 1 << (at % 8);
  writeFileSync(path, bytes);
}

const damaged = (error) =>
  error.name === "StorageCorrupt" || /has format \d+; this version/.test(error.message);
const noticed = (error) => damaged(error) || error.name === "StorageLost";
