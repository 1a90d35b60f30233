/** SPEC 6, "What is stored": what is broken, missing, swapped, rolled back or newer is told, and never overwritten. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { memoryStorage, Runtime } from "worker-runtime";
import { sealRoot } from "./seal.mjs";
import {
  altered,
  contents,
  everything,
  idle,
  open,
  regrouped,
  rejection,
  says,
  snapshot,
} from "./support.mjs";

let storage;
let keys;
let workerRef;

/** A store that has records of every kind: regrouped ones, a tail, receipts, contents and a name stored apart. */
before(async () => {
  storage = memoryStorage();
  const runtime = await Runtime.open({ storage, runtimeId: "r", displayName: "n".repeat(3_000) });
  ({ workerRef } = await runtime.createWorker());
  await runtime.createWorker({ intent: { kind: "task", objective: "t".repeat(70_000) } });
  for (let i = 0; i < 18; i++) {
    await Promise.all([
      ...Array.from({ length: 60 }, (_, n) =>
        runtime.sendInput(workerRef, says(`${i * 60 + n} ${"s".repeat(4_000)}`), {
          operationId: `${i}/${n}`,
        }),
      ),
      runtime.sendInput(workerRef, says(`long ${"b".repeat(60_000)}`)),
    ]);
    await idle();
  }
  await runtime.sendInput(workerRef, says("tail"));
  await runtime.close();
  keys = (await snapshot(storage)).records.map(([key]) => key);
});

const rest = ({ records }) => records.filter(([key]) => key !== "root");

/** Opens what is left and reads all of it; the first refusal. */
async function refusalOf(copy) {
  let runtime;
  try {
    runtime = await Runtime.open({ storage: copy, runtimeId: "r", cacheBytes: 0 });
    await everything(runtime);
    for (const { workerRef: ref } of runtime.listWorkers()) {
      await contents(runtime, ref);
    }
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await runtime?.close();
  }
}

test("the store of these tests has records of every kind, and is sound", async () => {
  const kinds = new Set(keys.map((key) => key.split("/")[0]));
  assert.deepEqual(
    [...kinds].sort(),
    ["b", "c", "d", "e", "n", "o", "r", "root", "t", "w"].filter((kind) => kinds.has(kind)),
  );
  assert.ok(
    ["b", "c", "d", "e", "n", "o", "root", "w"].every((kind) => kinds.has(kind)),
    `${[...kinds]}`,
  );
  assert.equal(await refusalOf(await altered(storage, () => {})), undefined);
});

test("a broken record gives storage_corrupt, a missing one storage_missing or storage_corrupt, naming a key", async (t) => {
  // One key of each kind, and a sample of the others.
  const picked = new Map(keys.map((key) => [key.split("/")[0], key]));
  const sample = new Set([...picked.values(), ...keys.filter((_, i) => i % 17 === 0)]);
  for (const key of sample) {
    for (const [name, change, codes] of [
      ["first byte", (map) => (map.get(key)[0] ^= 1), ["storage_corrupt"]],
      [
        "a byte inside",
        (map) => (map.get(key)[map.get(key).length >> 1] ^= 0x10),
        ["storage_corrupt", "storage_unsupported_version"],
      ],
      ["last byte", (map) => (map.get(key)[map.get(key).length - 1] ^= 0x80), ["storage_corrupt"]],
      ["cut by one", (map) => map.set(key, map.get(key).slice(0, -1)), ["storage_corrupt"]],
      ["emptied", (map) => map.set(key, new Uint8Array(0)), ["storage_corrupt"]],
      ["removed", (map) => map.delete(key), ["storage_missing", "storage_corrupt"]],
    ]) {
      const copy = await altered(storage, change);
      const found = rest(await snapshot(copy));
      const error = await refusalOf(copy);
      assert.ok(error !== undefined, `${key}, ${name}: not noticed`);
      assert.ok(codes.includes(error.code), `${key}, ${name}: ${error.code} (${error.message})`);
      assert.equal(typeof error.details.key, "string", `${key}, ${name}`);
      assert.deepEqual(rest(await snapshot(copy)), found, `${key}, ${name}: nothing is overwritten`);
    }
  }
  t.diagnostic(`${sample.size} keys of ${keys.length}`);
});

test("two records that are swapped give storage_corrupt", async () => {
  const byKind = new Map();
  for (const key of keys) {
    const kind = key.split("/")[0];
    byKind.set(kind, [...(byKind.get(kind) ?? []), key]);
  }
  for (const [kind, [one, two]] of byKind) {
    if (two !== undefined) {
      const copy = await altered(storage, (map) => {
        const first = map.get(one);
        map.set(one, map.get(two));
        map.set(two, first);
      });
      assert.equal((await refusalOf(copy))?.code, "storage_corrupt", kind);
    }
  }
});

test("a record that is rolled back to what it was before is noticed", async () => {
  const small = memoryStorage();
  const runtime = await Runtime.open({ storage: small, runtimeId: "r" });
  const { workerRef: ref } = await runtime.createWorker();
  await runtime.sendInput(ref, says("one"));
  const early = await snapshot(small);
  for (let i = 0; i < 5; i++) {
    await Promise.all(Array.from({ length: 100 }, () => runtime.sendInput(ref, says("x".repeat(900)))));
  }
  await regrouped();
  await runtime.sendInput(ref, says("two"));
  await runtime.close();
  const late = await snapshot(small);
  const old = new Map(early.records);
  for (const [key, value] of late.records) {
    const before = old.get(key);
    if (before !== undefined && before !== value) {
      const copy = await altered(small, (map) => map.set(key, new Uint8Array(Buffer.from(before, "base64"))));
      const error = await refusalOf(copy);
      assert.ok(["storage_corrupt", "storage_missing"].includes(error?.code), `${key}: ${error?.code}`);
    }
  }
  // All records of the earlier state under the later head, and the last chunk alone gone.
  const back = await altered(small, (map) => {
    map.clear();
    for (const [key, value] of early.records) {
      map.set(key, new Uint8Array(Buffer.from(value, "base64")));
    }
  });
  assert.ok(["storage_corrupt", "storage_missing"].includes((await refusalOf(back))?.code));
});

test("a newer format gives storage_unsupported_version, and stays untouched", async () => {
  const { records } = await snapshot(storage);
  const root = new Uint8Array(Buffer.from(new Map(records).get("root"), "base64"));
  assert.deepEqual(sealRoot("r", root), root, "the tests seal as the runtime does");
  // The byte behind the checksum is the format version.
  root[8] += 1;
  const copy = await altered(storage, (map) => map.set("root", sealRoot("r", root)));
  const found = await snapshot(copy);
  for (const options of [{}, { takeover: true }, { acceptLoss: true }]) {
    const error = await rejection(
      () => Runtime.open({ storage: copy, runtimeId: "r", ...options }),
      "storage_unsupported_version",
      { key: "root" },
    );
    assert.ok(error.details.found > error.details.supported);
  }
  assert.deepEqual(await snapshot(copy), found);
});

test("records of another runtime, or of another life of the same id, are not taken for its own", async () => {
  const other = memoryStorage();
  const runtime = await Runtime.open({ storage: other, runtimeId: "r", displayName: "m".repeat(3_000) });
  const { workerRef: ref } = await runtime.createWorker();
  await Promise.all(Array.from({ length: 64 }, () => runtime.sendInput(ref, says("l".repeat(4_500)))));
  await regrouped();
  await runtime.close();
  const strange = new Map((await snapshot(other)).records);
  const shared = keys.filter((key) => strange.has(key) && key !== "root");
  assert.ok(shared.length > 0);
  for (const key of shared) {
    const copy = await altered(storage, (map) =>
      map.set(key, new Uint8Array(Buffer.from(strange.get(key), "base64"))),
    );
    assert.equal((await refusalOf(copy))?.code, "storage_corrupt", key);
  }
});

test("a store that is refused can be deleted and begun anew", async (t) => {
  const copy = await altered(storage, (map) => map.delete("root"));
  await rejection(() => Runtime.open({ storage: copy, runtimeId: "r" }), "storage_missing");
  await copy.delete("r");
  const runtime = await open(t, copy);
  assert.equal(runtime.listWorkers().length, 0);
});
