import { equal, equalRecords } from "./assertion.js";
import { bytes, type Case, cases, change, read } from "./trial.js";

const ONE = [["a", bytes("1")]] as const;

export const creationCases: Case[] = cases("creation", {
  "there is no head before it": async (t) => {
    const store = await t.open(t.id());
    equal(await store.head(), null, "head");
  },
  "opening, asking and reading create nothing": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    await store.head();
    await read(store);
    await t.close(store);
    const next = await t.open(id);
    equal(await next.head(), null, "head");
    equal((await t.storage.list()).includes(id), false, "in the list");
  },
  "from null makes the store": async (t) => {
    const store = await t.open(t.id());
    const to = t.token();
    equal(await store.commit(change(null, to, ONE)), to, "answer");
    equal(await store.head(), to, "head");
    equalRecords(await read(store), ONE, "records");
  },
  "without ops makes a store without records": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, []);
    equal(await store.head(), head, "head");
    equal((await t.storage.list()).includes(id), true, "in the list");
  },
  "that only deletes makes a store without records": async (t) => {
    const { store, head } = await t.created(t.id(), [["a", null]]);
    equal(await store.head(), head, "head");
    equalRecords(await read(store), [], "records");
  },
  "from a head where there is no store answers null and makes nothing": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    equal(await store.commit(change(t.token(), t.token(), ONE)), null, "answer");
    equal(await store.head(), null, "head");
    equalRecords(await read(store), [], "records");
    equal((await t.storage.list()).includes(id), false, "in the list");
  },
  "after an attempt from a wrong head has nothing of that": async (t) => {
    const store = await t.open(t.id());
    await store.commit(change(t.token(), t.token(), [["b", bytes("never")]]));
    await t.put(store, null, ONE);
    equalRecords(await read(store), ONE, "records");
  },
  "where the store exists answers its head and changes nothing": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    equal(await store.commit(change(null, t.token(), [["a", bytes("2")]])), head, "answer");
    equal(await store.head(), head, "head");
    equalRecords(await read(store), ONE, "records");
  },
  "where another handle was faster answers that one's head": async (t) => {
    const id = t.id();
    const slow = await t.open(id);
    const fast = await t.rival(id);
    const head = await t.put(fast, null, ONE);
    equal(await slow.commit(change(null, t.token(), [["a", bytes("late")]])), head, "answer");
    equalRecords(await read(slow), ONE, "records");
  },
  "of a store whose records were all deleted answers its head": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const now = await t.put(store, head, [["a", null]]);
    equal(await store.commit(change(null, t.token(), ONE)), now, "answer");
    equalRecords(await read(store), [], "records");
  },
  "survives closing and opening": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    await t.close(store);
    const next = await t.open(id);
    equal(await next.head(), head, "head");
    equalRecords(await read(next), ONE, "records");
  },
  "that was applied is not applied again by its handle after a deletion": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    const creation = change(null, t.token(), ONE);
    equal(await store.commit(creation), creation.to, "answer");
    await t.storage.delete(id);
    equal(await store.commit(creation), null, "answer after the deletion");
    equal(await store.commit(creation), null, "answer to one more repeat");
    equal(await store.head(), null, "head");
    equalRecords(await read(store), [], "records");
    equal((await t.storage.list()).includes(id), false, "in the list");
  },
  "that was applied is not applied again after further commits and a deletion": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    const creation = change(null, t.token(), ONE);
    equal(await store.commit(creation), creation.to, "answer");
    await t.put(store, await t.put(store, creation.to, []), [["b", bytes("2")]]);
    await t.storage.delete(id);
    equal(await store.commit(creation), null, "answer after the deletion");
    equal(await store.head(), null, "head");
  },
  "that was applied twice over is not applied again after a deletion": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    const creation = change(null, t.token(), ONE);
    equal(await store.commit(creation), creation.to, "answer");
    equal(await store.commit(creation), creation.to, "answer to the repeat");
    await t.storage.delete(id);
    equal(await store.commit(creation), null, "answer after the deletion");
  },
  "that was applied answers the head of who created the store after a deletion": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    const creation = change(null, t.token(), ONE);
    equal(await store.commit(creation), creation.to, "answer");
    await t.storage.delete(id);
    const rival = await t.rival(id);
    const head = await t.put(rival, null, [["b", bytes("2")]]);
    equal(await store.commit(creation), head, "answer");
    equalRecords(await read(store), [["b", bytes("2")]], "records");
  },
  "that was applied is not applied again after two deletions": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    const creation = change(null, t.token(), ONE);
    equal(await store.commit(creation), creation.to, "answer");
    await t.storage.delete(id);
    await t.put(await t.rival(id), null, []);
    await t.storage.delete(id);
    equal(await store.commit(creation), null, "answer");
    equal(await store.head(), null, "head");
  },
  "that was refused is applied once there is no store": async (t) => {
    // It was never applied, so this is its first time: head is `from`.
    const id = t.id();
    const { store } = await t.created(id, ONE);
    const rival = await t.rival(id);
    const creation = change(null, t.token(), [["b", bytes("2")]]);
    await rival.commit(creation);
    await t.storage.delete(id);
    equal(await rival.commit(creation), creation.to, "answer");
    equalRecords(await read(rival), [["b", bytes("2")]], "records");
    equal(await store.head(), creation.to, "head at the other handle");
  },
  "under a new token after a deletion is applied by the same handle": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, ONE);
    await t.storage.delete(id);
    const head = await t.put(store, null, [["b", bytes("2")]]);
    equal(await store.head(), head, "head");
    equalRecords(await read(store), [["b", bytes("2")]], "records");
  },
  "five times by one handle, a deletion after each, leaves each repeat refused": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    const creations = Array.from({ length: 5 }, (_, at) => change(null, t.token(), [["a", bytes(`${at}`)]]));
    for (const creation of creations) {
      equal(await store.commit(creation), creation.to, "answer");
      await t.storage.delete(id);
    }
    for (const creation of creations) {
      equal(await store.commit(creation), null, "answer to a repeat");
    }
    equal(await store.head(), null, "head");
  },
});
