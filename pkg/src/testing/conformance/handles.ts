import type { RuntimeStore } from "../../storage/contract.js";
import { equal, equalRecords, ok } from "./assertion.js";
import { bytes, type Case, cases, change, read, turns } from "./trial.js";

const ONE = [["a", bytes("1")]] as const;

export const handleCases: Case[] = cases("handles", {
  "say what a commit survives": async (t) => {
    const store = await t.open(t.id());
    ok(["power-loss", "process-crash", "memory"].includes(store.durability), "durability is one of three");
  },
  "of one runtime say the same durability": async (t) => {
    const id = t.id();
    const store = await t.open(id);
    const rival = await t.rival(id);
    equal(rival.durability, store.durability, "durability");
  },
  "have the methods of the contract, each with a promise": async (t) => {
    const store = await t.open(t.id());
    const answers = [
      store.head(),
      store.read({ gte: "", lt: "~" }),
      store.commit(change(null, t.token(), [])),
    ];
    for (const answer of answers) {
      ok(
        typeof (answer as { then?: unknown } | null)?.then === "function",
        "a method answers with a promise",
      );
    }
    await Promise.all(answers);
  },
  "the next one finds what the last one left": async (t) => {
    const id = t.id();
    let head: string | null = null;
    for (let round = 0; round < 5; round += 1) {
      const store = await t.open(id);
      equal(await store.head(), head, "head");
      head = await t.put(store, head, [[`k${round}`, bytes(`${round}`)]]);
      await t.close(store);
    }
    const store = await t.open(id);
    equalRecords(
      await read(store),
      [0, 1, 2, 3, 4].map((round) => [`k${round}`, bytes(`${round}`)]),
      "records",
    );
  },
  "one that is closed without a commit leaves no trace": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    await t.close(store);
    await t.close(await t.open(id));
    const next = await t.open(id);
    equal(await next.head(), head, "head");
    equalRecords(await read(next), ONE, "records");
  },
  "opened before the creation sees it": async (t) => {
    const id = t.id();
    const early = await t.open(id);
    equal(await early.head(), null, "head before");
    const rival = await t.rival(id);
    const head = await t.put(rival, null, ONE);
    equal(await early.head(), head, "head");
    equalRecords(await read(early), ONE, "records");
  },
  "one sees at once what another has committed": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id);
    let now = head;
    for (let round = 0; round < 5; round += 1) {
      now = await t.put(rival, now, [["a", bytes(`round ${round}`)]]);
      equal(await store.head(), now, "head at the other handle");
      equalRecords(await read(store), [["a", bytes(`round ${round}`)]], "records at the other handle");
    }
  },
  "one sees at once what another storage over the same medium has committed": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id, await t.another());
    equal(await rival.head(), head, "head at the other storage");
    const now = await t.put(rival, head, [["a", bytes("2")]]);
    equal(await store.head(), now, "head at the first storage");
    equalRecords(await read(store), [["a", bytes("2")]], "records at the first storage");
  },
  "one sees at once what another has deleted": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, [...ONE, ["b", bytes("2")]]);
    equalRecords(await read(store), [...ONE, ["b", bytes("2")]], "records before");
    const rival = await t.rival(id);
    await t.put(rival, head, [["b", null]]);
    equalRecords(await read(store), ONE, "records");
  },
  "may commit in turn, each from the other's head": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, []);
    const rival = await t.rival(id);
    let now = head;
    for (let round = 0; round < 8; round += 1) {
      now = await t.put(round % 2 === 0 ? rival : store, now, [[`k${round}`, bytes(`${round}`)]]);
    }
    equalRecords(
      await read(store),
      Array.from({ length: 8 }, (_, round) => [`k${round}`, bytes(`${round}`)] as const),
      "records",
    );
  },
  "an old one is refused once a new one has taken over": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id);
    const taken = await t.put(rival, head, []);
    equal(await store.commit(change(head, t.token(), [["a", null]])), taken, "answer to the old one");
    equalRecords(await read(rival), ONE, "records");
    await t.put(rival, taken, [["a", bytes("2")]]);
  },
  "an old one is refused by a takeover from another storage over the same medium": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id, await t.another());
    const taken = await t.put(rival, head, []);
    equal(await store.commit(change(head, t.token(), [["a", null]])), taken, "answer to the old one");
    equalRecords(await read(rival), ONE, "records");
  },
  "an old one may go on as long as nobody has committed": async (t) => {
    // The head decides, not who was opened last.
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id);
    const now = await t.put(store, head, [["a", bytes("2")]]);
    equal(await rival.head(), now, "head at the new one");
    equal(await rival.commit(change(head, t.token(), [])), now, "answer to the new one's takeover");
  },
  "closing one leaves the other alive": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id);
    await t.close(store);
    equal(await rival.head(), head, "head");
    await t.put(rival, head, [["a", bytes("2")]]);
    equalRecords(await read(rival), [["a", bytes("2")]], "records");
  },
  "closing the newer one leaves the older alive": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    await t.close(await t.rival(id));
    equal(await store.head(), head, "head");
    await t.put(store, head, [["a", bytes("2")]]);
    equalRecords(await read(store), [["a", bytes("2")]], "records");
  },
  "a commit that was not awaited before the close is there wholly or not at all": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const commit = change(head, t.token(), [
      ["a", bytes("2")],
      ["b", bytes("2")],
    ]);
    const answer = store.commit(commit).catch(() => "rejected");
    await t.close(store);
    // What a handle that was closed answers, and whether it does, is its own choice.
    const told = await Promise.race([answer, turns(20).then(() => "no answer")]);
    if (told === "no answer") {
      return;
    }
    ok(told === "rejected" || told === commit.to, "the commit is answered with `to`, or rejected");
    const next = await t.open(id);
    const now = await next.head();
    ok(now === head || now === commit.to, "the head is the old or the new one");
    ok(told === "rejected" || now === commit.to, "an acknowledged commit is there");
    equalRecords(
      await read(next),
      now === head ? ONE : commit.ops.map(([key]) => [key, bytes("2")]),
      "records",
    );
  },
  "many of one runtime see the same": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const many: RuntimeStore[] = [store];
    for (let count = 0; count < 6; count += 1) {
      many.push(await t.rival(id));
    }
    const now = await t.put(many[3] as RuntimeStore, head, [["b", bytes("2")]]);
    for (const handle of many) {
      equal(await handle.head(), now, "head");
      equalRecords(await read(handle), [...ONE, ["b", bytes("2")]], "records");
    }
  },
  "of many runtimes are open at the same time": async (t) => {
    const opened = [];
    for (let count = 0; count < 12; count += 1) {
      const id = t.id();
      opened.push({ id, ...(await t.created(id, [["id", bytes(id)]])) });
    }
    for (const { id, store, head } of opened) {
      equal(await store.head(), head, "head");
      equalRecords(await read(store), [["id", bytes(id)]], "records");
    }
  },
});
