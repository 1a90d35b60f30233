import { equal, equalRecords, ok } from "./assertion.js";
import { bytes, type Case, cases, change, read } from "./trial.js";

const ONE = [["a", bytes("1")]] as const;

export const repeatCases: Case[] = cases("repeats", {
  "of the last commit answer `to`": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const last = change(head, t.token(), [["b", bytes("2")]]);
    for (let time = 0; time < 4; time += 1) {
      equal(await store.commit(last), last.to, `answer to offering ${time + 1}`);
      equal(await store.head(), last.to, "head");
    }
    equalRecords(await read(store), [...ONE, ["b", bytes("2")]], "records");
  },
  "of the last commit made of equal bytes in other objects answer `to`": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const to = t.token();
    equal(await store.commit(change(head, to, [["b", bytes("2")]])), to, "answer");
    equal(await store.commit(change(head, to, [["b", bytes("2")]])), to, "answer to the repeat");
    equalRecords(await read(store), [...ONE, ["b", bytes("2")]], "records");
  },
  "of the creation answer `to`": async (t) => {
    const store = await t.open(t.id());
    const creation = change(null, t.token(), ONE);
    equal(await store.commit(creation), creation.to, "answer");
    equal(await store.commit(creation), creation.to, "answer to the repeat");
    equalRecords(await read(store), ONE, "records");
  },
  "of a commit without ops answer `to`": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const last = change(head, t.token(), []);
    equal(await store.commit(last), last.to, "answer");
    equal(await store.commit(last), last.to, "answer to the repeat");
    equal(await store.head(), last.to, "head");
  },
  "of a commit that only deletes answer `to`": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const last = change(head, t.token(), [["a", null]]);
    equal(await store.commit(last), last.to, "answer");
    equal(await store.commit(last), last.to, "answer to the repeat");
    equalRecords(await read(store), [], "records");
  },
  "of a large commit answer `to`": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const ops = Array.from({ length: 200 }, (_, at) => [`k${at}`, new Uint8Array(500).fill(at)] as const);
    const last = change(head, t.token(), ops);
    equal(await store.commit(last), last.to, "answer");
    equal(await store.commit(last), last.to, "answer to the repeat");
    equalRecords(await read(store), [...ONE, ...ops], "records");
  },
  "of an earlier commit change nothing and answer the actual head": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const earlier = change(head, t.token(), [
      ["a", bytes("earlier")],
      ["b", bytes("earlier")],
    ]);
    equal(await store.commit(earlier), earlier.to, "answer");
    const now = await t.put(store, earlier.to, [
      ["a", bytes("now")],
      ["b", null],
    ]);
    equal(await store.commit(earlier), now, "answer to the repeat");
    equal(await store.head(), now, "head");
    equalRecords(await read(store), [["a", bytes("now")]], "records");
  },
  "of an earlier commit change nothing, however much came after it": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const earlier = change(head, t.token(), [["a", bytes("earlier")]]);
    equal(await store.commit(earlier), earlier.to, "answer");
    let now = earlier.to;
    for (let round = 0; round < 12; round += 1) {
      now = await t.put(store, now, [["a", bytes(`round ${round}`)]]);
    }
    equal(await store.commit(earlier), now, "answer to the repeat");
    equalRecords(await read(store), [["a", bytes("round 11")]], "records");
  },
  "of the creation change nothing once another commit was applied": async (t) => {
    const store = await t.open(t.id());
    const creation = change(null, t.token(), ONE);
    equal(await store.commit(creation), creation.to, "answer");
    const now = await t.put(store, creation.to, [["a", bytes("2")]]);
    equal(await store.commit(creation), now, "answer to the repeat");
    equalRecords(await read(store), [["a", bytes("2")]], "records");
  },
  "do not stand in the way of the next commit": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const last = change(head, t.token(), [["b", bytes("2")]]);
    equal(await store.commit(last), last.to, "answer");
    equal(await store.commit(last), last.to, "answer to the repeat");
    await t.put(store, last.to, [["c", bytes("3")]]);
    equalRecords(await read(store), [...ONE, ["b", bytes("2")], ["c", bytes("3")]], "records");
  },
  "by another handle answer `to`": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id);
    const last = change(head, t.token(), [["b", bytes("2")]]);
    equal(await store.commit(last), last.to, "answer");
    equal(await rival.commit(last), last.to, "answer to the other handle");
    equal(await rival.head(), last.to, "head");
    equalRecords(await read(rival), [...ONE, ["b", bytes("2")]], "records");
  },
  "by another storage over the same medium answer `to`": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id, await t.another());
    const last = change(head, t.token(), [["b", bytes("2")]]);
    equal(await store.commit(last), last.to, "answer");
    equal(await rival.commit(last), last.to, "answer to the other storage");
    equalRecords(await read(rival), [...ONE, ["b", bytes("2")]], "records");
  },
  "by a handle that was opened after the first was closed answer `to`": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const last = change(head, t.token(), [["b", bytes("2")]]);
    equal(await store.commit(last), last.to, "answer");
    await t.close(store);
    const next = await t.open(id);
    equal(await next.commit(last), last.to, "answer to the next handle");
    equalRecords(await read(next), [...ONE, ["b", bytes("2")]], "records");
  },
  "of a creation by the next handle answer `to`": async (t) => {
    const id = t.id();
    const creation = change(null, t.token(), ONE);
    const store = await t.open(id);
    equal(await store.commit(creation), creation.to, "answer");
    await t.close(store);
    const next = await t.open(id);
    equal(await next.commit(creation), creation.to, "answer to the next handle");
    equalRecords(await read(next), ONE, "records");
  },
  "while the first is under way answer `to` both times": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const commit = change(head, t.token(), [["b", bytes("2")]]);
    const answers = await Promise.all([store.commit(commit), store.commit(commit), store.commit(commit)]);
    for (const answer of answers) {
      equal(answer, commit.to, "answer");
    }
    equalRecords(await read(store), [...ONE, ["b", bytes("2")]], "records");
  },
  "of a creation while the first is under way answer `to` both times": async (t) => {
    const store = await t.open(t.id());
    const creation = change(null, t.token(), ONE);
    const answers = await Promise.all([store.commit(creation), store.commit(creation)]);
    for (const answer of answers) {
      equal(answer, creation.to, "answer");
    }
    equalRecords(await read(store), ONE, "records");
  },
  "by two handles at once answer `to` to both": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const rival = await t.rival(id);
    const commit = change(head, t.token(), [["b", bytes("2")]]);
    const answers = await Promise.all([store.commit(commit), rival.commit(commit)]);
    for (const answer of answers) {
      equal(answer, commit.to, "answer");
    }
    equalRecords(await read(store), [...ONE, ["b", bytes("2")]], "records");
  },
  "of a refused commit are refused again": async (t) => {
    const { store, head } = await t.created(t.id(), ONE);
    const refused = change(t.token(), t.token(), [["a", null]]);
    for (let time = 0; time < 3; time += 1) {
      equal(await store.commit(refused), head, "answer");
    }
    ok((await read(store)).length === 1, "nothing of it is there");
  },
  "of an overtaken commit do not bring it back after its successor": async (t) => {
    // The frozen tab that thaws: its commit was applied, somebody else went on, and it offers once more.
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const frozen = change(head, t.token(), [["a", bytes("frozen")]]);
    equal(await store.commit(frozen), frozen.to, "answer");
    const rival = await t.rival(id);
    const now = await t.put(rival, frozen.to, [["a", bytes("winner")]]);
    equal(await store.commit(frozen), now, "answer after the thaw");
    equalRecords(await read(store), [["a", bytes("winner")]], "records");
  },
});
