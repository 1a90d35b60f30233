import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { nodeFsStorage } from "../../../../pkg/dist/entry/node-fs.js";
import { crc32, tableCrc32 } from "../../../../pkg/modules/storage/node-fs/checksum.js";
import { decodeStore } from "./decoder.mjs";
import { directory, ID, open, quickPlace, storeDirectory } from "./support.mjs";

const GOLDEN = fileURLToPath(new URL("golden/format-1", import.meta.url));
const CLOSED = "closed";
const KILLED = "killed: Ünïcode/..\\CON";
const EXPECTED = {
  // Its last record was cut in the middle.
  [KILLED]: {
    head: "fourth head",
    records: { "~": "last key", a: "changed", b: "two", empty: "", large: 66_000 },
  },
  [CLOSED]: {
    head: "fifth head",
    records: { "!": "first key", "~": "last key", a: "changed", b: "two", empty: "", large: 66_000 },
  },
};

const plain = (records) =>
  Object.fromEntries(
    records.map(([key, value]) => [key, key === "large" ? value.length : Buffer.from(value).toString()]),
  );

test("stores of format 1 open for ever, and can be gone on with", async (context) => {
  const root = directory(context, quickPlace);
  cpSync(GOLDEN, root, { recursive: true });
  const storage = nodeFsStorage({ directory: root });
  assert.deepEqual(await storage.list(), [CLOSED, KILLED]);
  for (const [id, { head, records }] of Object.entries(EXPECTED)) {
    const reader = await storage.open(id, { readOnly: true });
    assert.equal(await reader.head(), head);
    assert.deepEqual(
      plain([...(await reader.read({ gte: "!", lt: "~" })), ...(await reader.read({ gte: "~", lt: "~~" }))]),
      records,
    );
    await reader.close();
    const store = await storage.open(id);
    assert.equal(await store.commit({ from: head, to: "next", ops: [["a", null]] }), "next");
    await store.close();
    const again = await storage.open(id, { readOnly: true });
    assert.equal(await again.head(), "next");
    assert.equal((await again.read({ gte: "a", lt: "b" })).length, 0);
    await again.close();
  }
});

test("the documented format is enough to decode a store", async (context) => {
  for (const [id, { head, records }] of Object.entries(EXPECTED)) {
    const name = createHash("sha256").update(id).digest("hex");
    const found = decodeStore(join(GOLDEN, name));
    assert.deepEqual({ ...found, records: plain(found.records) }, { runtimeId: id, head, records });
  }
  const root = directory(context, quickPlace);
  for (let life = 0; life < 12; life += 1) {
    const store = await open(root);
    for (let step = 0; step < 5; step += 1) {
      const value = step === 4 ? randomBytes(life * 20_000) : Buffer.from(`${life} ${step}`);
      const ops = [
        [`k${(life * 5 + step) % 17}`, value],
        [`gone${step}`, life % 2 === 0 ? value : null],
      ];
      await store.commit({ from: await store.head(), to: `${life}.${step}`, ops });
    }
    const check = async () => {
      const found = decodeStore(storeDirectory(root));
      const records = await store.read({ gte: "!", lt: "~" });
      assert.equal(found.runtimeId, ID);
      assert.equal(found.head, await store.head());
      assert.deepEqual(
        found.records,
        records.map(([key, value]) => [key, Buffer.from(value)]),
      );
    };
    await check();
    await store.close();
    const found = decodeStore(storeDirectory(root));
    assert.equal(found.head, `${life}.4`);
  }
});

test("file names say nothing that a file system could take amiss", async (context) => {
  const root = directory(context, quickPlace);
  const storage = nodeFsStorage({ directory: root });
  const ids = [
    "a",
    "A",
    "..",
    "con",
    "a/b",
    "x".repeat(256),
    "\u{1f600}".repeat(64),
    "né",
    "né".normalize("NFD"),
    " a",
  ];
  for (const id of ids) {
    const store = await storage.open(id);
    await store.commit({ from: null, to: `head of ${id}`, ops: [] });
    await store.close();
  }
  for (const name of readdirSync(root)) {
    assert.match(name, /^[0-9a-f]{64}$/);
    for (const file of readdirSync(join(root, name))) {
      assert.match(file, /^\d{12}-[0-9a-f]{32}\.(log|clean-\d+)$/);
      assert.ok(readFileSync(join(root, name, file)).includes("worker-runtime log, format 1\n"));
    }
  }
  assert.equal((await storage.list()).length, ids.length);
  for (const id of ids) {
    await storage.delete(id);
  }
  assert.deepEqual(readdirSync(root), []);
});

test("both ways to a CRC-32 give the same", () => {
  assert.equal(tableCrc32(Buffer.from("123456789")), 0xcbf43926);
  for (let length = 0; length < 100; length += 7) {
    const bytes = randomBytes(length);
    assert.equal(tableCrc32(bytes, 12_345), crc32(bytes, 12_345));
  }
});
