import type { RuntimeStore } from "../../storage/contract.js";
import { equal, equalBytes, equalRecords, ok } from "./assertion.js";
import { rivals } from "./rivals.js";
import { bytes, type Case, cases, change, read, type Trial } from "./trial.js";

/**
 * Offers one commit from each store at the same time, all from the same head. Exactly one is applied; the others
 * are answered with its head. Gives the number of the one that won.
 */
async function race(
  t: Trial,
  stores: readonly RuntimeStore[],
  from: string | null,
  round: string,
): Promise<[number, string]> {
  const commits = stores.map((_, at) =>
    change(from, t.token(), [
      ["winner", bytes(`${round}: ${at}`)],
      [`only-${round}-${at}`, bytes("1")],
    ]),
  );
  const answers = await Promise.all(
    stores.map((store, at) => store.commit(commits[at] as (typeof commits)[number])),
  );
  const won = answers.flatMap((answer, at) => (answer === commits[at]?.to ? [at] : []));
  equal(won.length, 1, "number of commits from one head that were applied");
  const winner = won[0] as number;
  const head = commits[winner]?.to as string;
  for (const answer of answers) {
    equal(answer, head, "answer to each of the rivals");
  }
  for (const store of stores) {
    equal(await store.head(), head, "head at each of the rivals");
  }
  return [winner, head];
}

export const concurrencyCases: Case[] = cases("concurrency", {
  "of two creations one is applied": async (t) => {
    const { stores } = await rivals(t, 2);
    const [winner] = await race(t, stores, null, "r");
    equalRecords(
      await read(stores[0] as RuntimeStore),
      [
        ["winner", bytes(`r: ${winner}`)],
        [`only-r-${winner}`, bytes("1")],
      ],
      "records",
    );
  },
  "of many creations one is applied": async (t) => {
    const { stores } = await rivals(t, 8);
    const [winner] = await race(t, stores, null, "r");
    for (const store of stores) {
      equalRecords(
        await read(store),
        [
          ["winner", bytes(`r: ${winner}`)],
          [`only-r-${winner}`, bytes("1")],
        ],
        "records",
      );
    }
  },
  "of two commits from one head one is applied, round after round": async (t) => {
    const { stores } = await rivals(t, 2);
    let head: string | null = null;
    const expected: Array<readonly [string, Uint8Array]> = [];
    let winner = 0;
    for (let round = 0; round < 10; round += 1) {
      [winner, head] = await race(t, stores, head, `${round}`);
      expected.push([`only-${round}-${winner}`, bytes("1")]);
    }
    equalRecords(
      await read(stores[0] as RuntimeStore),
      [...expected, ["winner", bytes(`9: ${winner}`)]],
      "records of the winners alone",
    );
  },
  "of many commits from one head one is applied, round after round": async (t) => {
    const { stores } = await rivals(t, 6);
    let head: string | null = null;
    for (let round = 0; round < 4; round += 1) {
      [, head] = await race(t, stores, head, `${round}`);
    }
    const records = await read(stores[0] as RuntimeStore);
    equal(records.length, 5, "number of records: one of each winner, and the shared one");
  },
  "of many commits from one head by one handle one is applied": async (t) => {
    const store = await t.open(t.id());
    const head = await t.put(store, null, []);
    await race(t, [store, store, store, store], head, "r");
    equal((await read(store)).length, 2, "number of records");
  },
  "of commits without ops from one head one is applied": async (t) => {
    const { stores } = await rivals(t, 4);
    const head = await t.put(stores[0] as RuntimeStore, null, []);
    const tokens = stores.map(() => t.token());
    const answers = await Promise.all(
      stores.map((store, at) => store.commit(change(head, tokens[at] as string, []))),
    );
    const now = await (stores[0] as RuntimeStore).head();
    equal(tokens.filter((token) => token === now).length, 1, "number of tokens that are the head");
    for (const answer of answers) {
      equal(answer, now, "answer to each of the rivals");
    }
  },
  "takeovers in a ring leave one holder": async (t) => {
    // Each tries again from the head that it was answered with, as an opening runtime does.
    const { stores } = await rivals(t, 5);
    await t.put(stores[0] as RuntimeStore, null, []);
    const taken = await Promise.all(
      stores.map(async (store, at) => {
        let from = await store.head();
        for (let tries = 0; tries < 50; tries += 1) {
          const to = t.token();
          const answer = await store.commit(change(from, to, [[`taken-${at}`, bytes(to)]]));
          if (answer === to) {
            return to;
          }
          from = answer;
        }
        throw new Error("a takeover was refused fifty times by four rivals that each commit once");
      }),
    );
    const head = await (stores[0] as RuntimeStore).head();
    equal(taken.filter((to) => to === head).length, 1, "number of holders");
    equalRecords(
      await read(stores[0] as RuntimeStore),
      taken.map((to, at) => [`taken-${at}`, bytes(to)]),
      "records of all takeovers",
    );
  },
  "two that count together lose no count": async (t) => {
    const { stores } = await rivals(t, 2);
    await t.put(stores[0] as RuntimeStore, null, [["count", Uint8Array.of(0)]]);
    await Promise.all(
      stores.map(async (store) => {
        for (let done = 0; done < 8; ) {
          const from = await store.head();
          const [[, count] = ["", Uint8Array.of(0)]] = await read(store);
          const to = t.token();
          // Where the head has not moved since before the read, the count is the one at that head.
          const answer = await store.commit(
            change(from, to, [["count", Uint8Array.of((count[0] as number) + 1)]]),
          );
          done += answer === to ? 1 : 0;
        }
      }),
    );
    const [count] = await read(stores[1] as RuntimeStore);
    equalBytes(count?.[1] ?? new Uint8Array(0), Uint8Array.of(16), "count");
  },
  "commits that follow one another may be offered without waiting": async (t) => {
    const store = await t.open(t.id());
    const head = await t.put(store, null, []);
    const first = change(head, t.token(), [["a", bytes("1")]]);
    const second = change(first.to, t.token(), [["b", bytes("2")]]);
    const [one, two] = await Promise.all([store.commit(first), store.commit(second)]);
    equal(one === first.to || (two === second.to && one === second.to), true, "the first is applied");
    // The second is applied where it came after the first, and answered with the head before it otherwise.
    ok(two === second.to || two === head, "the second is answered with its own head or the one before both");
    equal(await store.head(), two === second.to ? second.to : first.to, "head");
    equalRecords(
      await read(store),
      two === second.to
        ? [...first.ops, ...second.ops].map(([k, v]) => [k, v as Uint8Array])
        : [["a", bytes("1")]],
      "records",
    );
  },
});
