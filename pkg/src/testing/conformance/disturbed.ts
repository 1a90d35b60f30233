import type { RuntimeStore } from "../../storage/contract.js";
import { equal, fail, ok } from "./assertion.js";
import { bytes, type Case, cases, change, type Trial } from "./trial.js";

const ONE = [["a", bytes("1")]] as const;

/** How long an adapter may take to notice, in milliseconds: no longer than a runtime that asks by itself. */
const NOTICE_MS = 5000;

/** Waits for `disturbed` where there is one; whether it fulfils or rejects says nothing. */
async function noticed(t: Trial, disturbed: Promise<void> | undefined, what: string): Promise<void> {
  if (disturbed === undefined) {
    return;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), Math.min(NOTICE_MS, t.timeoutMs));
  });
  const settled = disturbed.then(
    () => "settled" as const,
    () => "settled" as const,
  );
  const outcome = await Promise.race([settled, late]);
  clearTimeout(timer);
  if (outcome === "late") {
    fail(`\`disturbed\` settles in time after ${what}`);
  }
}

/** A handle that holds the store, its head, and a rival. */
async function contested(
  t: Trial,
): Promise<{ id: string; store: RuntimeStore; rival: RuntimeStore; head: string }> {
  const id = t.id();
  const { store, head } = await t.created(id, ONE);
  return { id, store, rival: await t.rival(id), head };
}

export const disturbedCases: Case[] = cases("disturbed", {
  "is a promise where the adapter has it": async (t) => {
    const { disturbed } = await t.open(t.id());
    ok(disturbed === undefined || typeof disturbed.then === "function", "`disturbed` is absent or a promise");
  },
  "settles when another handle has taken the store": async (t) => {
    const { store, rival, head } = await contested(t);
    const { disturbed } = store;
    const taken = await t.put(rival, head, []);
    await noticed(t, disturbed, "a commit of another handle");
    equal(await store.head(), taken, "head");
  },
  "settles when another storage over the same medium has taken the store": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const { disturbed } = store;
    const taken = await t.put(await t.rival(id, await t.another()), head, [["a", bytes("2")]]);
    await noticed(t, disturbed, "a commit of another storage");
    equal(await store.head(), taken, "head");
  },
  "settles when the store is deleted": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, ONE);
    const { disturbed } = store;
    await t.storage.delete(id);
    await noticed(t, disturbed, "a deletion");
    equal(await store.head(), null, "head");
  },
  "settles when another storage over the same medium deletes the store": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, ONE);
    const { disturbed } = store;
    await (await t.another()).delete(id);
    await noticed(t, disturbed, "a deletion by another storage");
    equal(await store.head(), null, "head");
  },
  "settles when another handle takes the store after many own commits": async (t) => {
    const { store, rival, head } = await contested(t);
    let now = head;
    for (let round = 0; round < 5; round += 1) {
      now = await t.put(store, now, [["a", bytes(`${round}`)]]);
    }
    const { disturbed } = store;
    await t.put(rival, now, []);
    await noticed(t, disturbed, "a commit of another handle");
  },
  "settles for each of several handles": async (t) => {
    const { id, store, rival, head } = await contested(t);
    const third = await t.rival(id);
    const waiting = [store.disturbed, rival.disturbed];
    await t.put(third, head, []);
    for (const disturbed of waiting) {
      await noticed(t, disturbed, "a commit of a third handle");
    }
  },
  "settles where the store was created by another": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    const { disturbed } = store;
    const head = await t.put(await t.rival(id), null, ONE);
    await noticed(t, disturbed, "a creation by another handle");
    equal(await store.commit(change(null, t.token(), [])), head, "answer to a lost creation");
  },
});
