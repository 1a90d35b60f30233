/** What every adapter over a medium with transactions of its own has from the same place. */
import assert from "node:assert/strict";
import test from "node:test";
import { backedStorage } from "../../../pkg/dist/storage/backed-storage.js";
import { StorageRejected } from "../../../pkg/dist/storage/contract.js";
import { Neighbours } from "../../../pkg/dist/storage/neighbours.js";

/** A backend whose commits are answered by hand, in the order in which they come. */
function byHand(more = {}) {
  const commits = [];
  const backend = {
    neighbours: Neighbours.over({}),
    durability: async () => "memory",
    list: async () => ["b", "\u{10000}", "a", "\uffff"],
    delete: async () => {},
    records: () => ({
      head: async () => null,
      read: async () => [],
      commit: (commit, creations) =>
        new Promise((resolve, reject) => commits.push({ commit, creations, resolve, reject })),
    }),
    ...more,
  };
  return { storage: backedStorage(backend), commits };
}

const commit = (to = "to") => ({ from: "from", to, ops: [] });
const quota = () => new StorageRejected("quota");
const isRejection = { name: "StorageRejected" };
const isOther = (error) => error.name !== "StorageRejected";

test("a refusal is certain where no other offering may still be applied", async () => {
  const { storage, commits } = byHand();
  const store = await storage.open("r");
  const first = store.commit(commit());
  commits[0].reject(quota());
  await assert.rejects(first, isRejection);
  const second = store.commit(commit());
  commits[1].reject(quota());
  await assert.rejects(second, isRejection);
});

test("a refusal after an unknown outcome is none, until the commit is decided", async () => {
  const { storage, commits } = byHand();
  const store = await storage.open("r");
  const unknown = store.commit(commit());
  commits[0].reject(new Error("cut"));
  await assert.rejects(unknown, isOther);
  const refused = store.commit(commit());
  commits[1].reject(quota());
  await assert.rejects(refused, (error) => isOther(error) && error.cause.code === "quota");
  const another = store.commit(commit("another"));
  commits[2].reject(quota());
  await assert.rejects(another, isRejection);
  const decided = store.commit(commit());
  commits[3].resolve("head of another");
  assert.equal(await decided, "head of another");
  const late = store.commit(commit());
  commits[4].reject(quota());
  await assert.rejects(late, isRejection);
});

test("a refusal beside an offering under way is none, and the last of them is one", async () => {
  const { storage, commits } = byHand();
  const store = await storage.open("r");
  const [first, second] = [store.commit(commit()), store.commit(commit())];
  commits[1].reject(quota());
  await assert.rejects(second, isOther);
  commits[0].reject(quota());
  await assert.rejects(first, isRejection);
});

test("closing waits for what is under way, and then lets the next one in", async () => {
  const { storage, commits } = byHand();
  const store = await storage.open("r");
  const answer = store.commit(commit());
  const order = [];
  const closing = store.close().then(() => order.push("closed"));
  const next = storage.open("r").then((opened) => {
    order.push("opened");
    return opened;
  });
  await assert.rejects(store.head(), /closed/);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(order, []);
  commits[0].resolve("to");
  assert.equal(await answer, "to");
  await closing;
  await next;
  assert.deepEqual(order, ["closed", "opened"]);
  await store.close();
});

test("a handle that could not be opened holds nothing", async () => {
  let works = false;
  const { storage } = byHand({
    async durability() {
      if (!works) {
        throw new Error("unreachable");
      }
      return "power-loss";
    },
  });
  await assert.rejects(storage.open("r"), /unreachable/);
  works = true;
  const store = await storage.open("r", { signal: AbortSignal.timeout(1_000) });
  assert.equal(store.durability, "power-loss");
});

test("a handle to read only commits nothing", async () => {
  const { storage, commits } = byHand();
  const store = await storage.open("r", { readOnly: true });
  await assert.rejects(store.commit(commit()), isOther);
  assert.equal(commits.length, 0);
});

test("a commit is owned from the call on, and a malformed one is refused before anything happens", async () => {
  const { storage, commits } = byHand();
  const store = await storage.open("r");
  const value = Uint8Array.of(1, 2);
  const ops = [["k", value]];
  void store.commit({ from: null, to: "to", ops });
  value.fill(9);
  ops.push(["late", value]);
  assert.deepEqual(commits[0].commit.ops, [["k", Uint8Array.of(1, 2)]]);
  for (const malformed of [
    { ...commit(), to: "" },
    { ...commit(), ops: [["", value]] },
    { ...commit(), from: "to" },
  ]) {
    await assert.rejects(store.commit(malformed), TypeError);
  }
  assert.equal(commits.length, 1);
});

test("only who can hear of everybody else tells of disturbances", async () => {
  const { storage: deaf } = byHand();
  assert.equal("disturbed" in (await deaf.open("r")), false);
  const heards = new Set();
  const { storage } = byHand({
    listen(heard) {
      heards.add(heard);
      return () => heards.delete(heard);
    },
  });
  const store = await storage.open("r");
  assert.equal(heards.size, 0);
  const { disturbed } = store;
  assert.equal(store.disturbed, disturbed);
  assert.equal(heards.size, 1);
  for (const heard of heards) {
    heard();
  }
  await disturbed;
  const next = store.disturbed;
  assert.notEqual(next, disturbed);
  await storage.delete("r");
  await next;
  await store.close();
  assert.equal(heards.size, 0);
});

test("the list is in the order of UTF-8 bytes", async () => {
  assert.deepEqual(await byHand().storage.list(), ["a", "b", "\uffff", "\u{10000}"]);
});
