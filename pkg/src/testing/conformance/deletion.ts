import { equal, equalRecords, ok } from "./assertion.js";
import { bytes, type Case, cases, change, noise, read } from "./trial.js";

const ONE = [["a", bytes("1")]] as const;

export const deletionCases: Case[] = cases("deletion", {
  "of what does not exist is harmless": async (t) => {
    const id = t.id();
    await t.storage.delete(id);
    await t.storage.delete(id);
    const store = await t.open(id);
    equal(await store.head(), null, "head");
  },
  "of what was only opened is harmless": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    await t.storage.delete(id);
    equal(await store.head(), null, "head");
    await t.put(store, null, ONE);
    equalRecords(await read(store), ONE, "records");
  },
  "of a closed store removes it": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, ONE);
    await t.close(store);
    await t.storage.delete(id);
    const next = await t.open(id);
    equal(await next.head(), null, "head");
    equalRecords(await read(next), [], "records");
    equal((await t.storage.list()).includes(id), false, "in the list");
  },
  "twice is harmless": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, ONE);
    await t.close(store);
    await t.storage.delete(id);
    await t.storage.delete(id);
    equal((await t.storage.list()).includes(id), false, "in the list");
  },
  "waits for no holder, whose head is null then": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, ONE);
    await t.storage.delete(id);
    equal(await store.head(), null, "head");
    equalRecords(await read(store), [], "records");
    equal((await t.storage.list()).includes(id), false, "in the list");
  },
  "refuses the holder's next commit": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    await t.storage.delete(id);
    equal(await store.commit(change(head, t.token(), [["b", bytes("2")]])), null, "answer");
    equal(await store.head(), null, "head");
    equalRecords(await read(store), [], "records");
  },
  "refuses the repeat of the holder's last commit": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const last = change(head, t.token(), [["b", bytes("2")]]);
    equal(await store.commit(last), last.to, "answer");
    await t.storage.delete(id);
    equal(await store.commit(last), null, "answer after the deletion");
    equalRecords(await read(store), [], "records");
  },
  "fences every handle": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id);
    await t.storage.delete(id);
    for (const handle of [store, rival]) {
      equal(await handle.head(), null, "head");
      equal(await handle.commit(change(head, t.token(), [])), null, "answer");
    }
  },
  "by another storage over the same medium fences the holder": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    await (await t.another()).delete(id);
    equal(await store.head(), null, "head");
    equal(await store.commit(change(head, t.token(), [])), null, "answer");
    equalRecords(await read(store), [], "records");
  },
  "leaves nothing for the store that is created after it": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, [
      ["a", bytes("1")],
      ["b", bytes("2")],
      ["c", noise(100_000)],
    ]);
    await t.close(store);
    await t.storage.delete(id);
    const next = await t.created(id, [["b", bytes("new")]]);
    equalRecords(await read(next.store), [["b", bytes("new")]], "records");
  },
  "leaves nothing for the store that a living handle creates after it": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, [
      ["a", bytes("1")],
      ["b", bytes("2")],
    ]);
    await t.storage.delete(id);
    await t.put(store, null, [["c", bytes("3")]]);
    equalRecords(await read(store), [["c", bytes("3")]], "records");
  },
  "and creation after one another, several times": async (t) => {
    const id = t.id();
    for (let round = 0; round < 4; round += 1) {
      const { store, head } = await t.created(id, [[`k${round}`, bytes("1")]]);
      equal(await store.head(), head, "head");
      equalRecords(await read(store), [[`k${round}`, bytes("1")]], "records");
      await t.close(store);
      await t.storage.delete(id);
    }
    equal((await t.storage.list()).includes(id), false, "in the list");
  },
  "an old head is no head of the store that is created after it": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    await t.storage.delete(id);
    const now = await t.put(await t.rival(id), null, ONE);
    equal(await store.commit(change(head, t.token(), [["a", null]])), now, "answer");
    equalRecords(await read(store), ONE, "records");
  },
  "of one runtime leaves the others alone, those that begin with its id included": async (t) => {
    const id = t.id();
    const others = [];
    for (const other of [`${id}2`, `${id}!`, `${id}/${id}`, id.slice(0, -1), t.id("other")]) {
      others.push({ other, ...(await t.created(other, [["a", bytes(other)]])) });
    }
    await t.created(id, ONE);
    await t.storage.delete(id);
    for (const { other, store, head } of others) {
      equal(await store.head(), head, "head of another runtime");
      equalRecords(await read(store), [["a", bytes(other)]], "records of another runtime");
    }
  },
  "while a commit is under way comes before or after it": async (t) => {
    for (let round = 0; round < 5; round += 1) {
      const id = t.id();
      const { store, head } = await t.created(id, ONE);
      const commit = change(head, t.token(), [["b", bytes("2")]]);
      const [answer] = await Promise.all([store.commit(commit), t.storage.delete(id)]);
      ok(answer === commit.to || answer === null, "the commit is answered with `to` or null");
      // Either way the deletion has the last word: no commit but a creation is applied after it.
      equal(await store.head(), null, "head");
      equalRecords(await read(store), [], "records");
      equal((await t.storage.list()).includes(id), false, "in the list");
      await t.close(store);
    }
  },
  "while a creation is under way leaves all of it or nothing": async (t) => {
    for (let round = 0; round < 5; round += 1) {
      const id = t.id();
      const store = await t.open(id);
      const creation = change(null, t.token(), ONE);
      const [answer] = await Promise.all([store.commit(creation), t.storage.delete(id)]);
      equal(answer, creation.to, "answer");
      const head = await store.head();
      ok(head === creation.to || head === null, "the head is `to` or null");
      equalRecords(await read(store), head === null ? [] : ONE, "records");
      equal((await t.storage.list()).includes(id), head !== null, "in the list");
      await t.close(store);
    }
  },
  "while reads are under way leaves each all or nothing": async (t) => {
    const id = t.id();
    const records = Array.from({ length: 40 }, (_, at) => [`k${at}`, bytes(`${at}`)] as const);
    const { store } = await t.created(id, records);
    const reads = () => Array.from({ length: 4 }, () => read(store));
    // Some are started before the deletion, some after it.
    const [early, , late] = await Promise.all([
      Promise.all(reads()),
      t.storage.delete(id),
      Promise.all(reads()),
    ]);
    const answers = [...early, ...late];
    for (const answer of answers) {
      equalRecords(answer, answer.length === 0 ? [] : records, "a read beside the deletion");
    }
    equalRecords(await read(store), [], "a read after the deletion");
  },
});
