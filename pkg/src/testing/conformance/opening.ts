import type { RuntimeStore } from "../../storage/contract.js";
import { equal, equalRecords, ok } from "./assertion.js";
import { bytes, type Case, cases, quiet, read, turns } from "./trial.js";

const ONE = [["a", bytes("1")]] as const;

type Opened = { store: RuntimeStore } | { error: unknown };

/** What becomes of an `open`; whether it waits for a living holder is the adapter's choice. */
async function outcome(opening: Promise<RuntimeStore>): Promise<Opened> {
  try {
    const store = await opening;
    quiet(store);
    return { store };
  } catch (error) {
    return { error };
  }
}

export const openingCases: Case[] = cases("opening", {
  "with takeover does not wait for a living holder": async (t) => {
    const id = t.id();
    const { head } = await t.created(id, ONE);
    const rival = t.keep(await t.storage.open(id, { takeover: true }));
    equal(await rival.head(), head, "head");
  },
  "with takeover works where nobody holds the store": async (t) => {
    const store = t.keep(await t.storage.open(t.id(), { takeover: true }));
    await t.put(store, null, ONE);
    equalRecords(await read(store), ONE, "records");
  },
  "with takeover several times over does not wait": async (t) => {
    const id = t.id();
    const { head } = await t.created(id, ONE);
    for (let time = 0; time < 3; time += 1) {
      const rival = t.keep(await t.storage.open(id, { takeover: true }));
      equal(await rival.head(), head, "head");
    }
  },
  "with takeover by another storage over the same medium does not wait": async (t) => {
    const id = t.id();
    const { head } = await t.created(id, ONE);
    const rival = t.keep(await (await t.another()).open(id, { takeover: true }));
    equal(await rival.head(), head, "head");
  },
  "to read only does not wait for a living holder": async (t) => {
    const id = t.id();
    const { head } = await t.created(id, ONE);
    const reader = t.keep(await t.storage.open(id, { readOnly: true }));
    equal(await reader.head(), head, "head");
    equalRecords(await read(reader), ONE, "records");
  },
  "to read only by another storage over the same medium does not wait": async (t) => {
    const id = t.id();
    const { head } = await t.created(id, ONE);
    const reader = t.keep(await (await t.another()).open(id, { readOnly: true }));
    equal(await reader.head(), head, "head");
    equalRecords(await read(reader), ONE, "records");
  },
  "to read only creates nothing": async (t) => {
    const id = t.id();
    const reader = t.keep(await t.storage.open(id, { readOnly: true }));
    equal(await reader.head(), null, "head");
    equalRecords(await read(reader), [], "records");
    equal((await t.storage.list()).includes(id), false, "in the list");
  },
  "to read only sees what the holder commits": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const reader = t.keep(await t.storage.open(id, { readOnly: true }));
    const now = await t.put(store, head, [["a", bytes("2")]]);
    equal(await reader.head(), now, "head");
    equalRecords(await read(reader), [["a", bytes("2")]], "records");
  },
  "to read only sees the creation and the deletion": async (t) => {
    const id = t.id();
    const reader = t.keep(await t.storage.open(id, { readOnly: true }));
    const { head } = await t.created(id, ONE);
    equal(await reader.head(), head, "head after the creation");
    await t.storage.delete(id);
    equal(await reader.head(), null, "head after the deletion");
    equalRecords(await read(reader), [], "records after the deletion");
  },
  "to read only takes no lock: a writer opens beside it without waiting": async (t) => {
    const id = t.id();
    t.keep(await t.storage.open(id, { readOnly: true }));
    t.keep(await t.storage.open(id, { readOnly: true }));
    const { store } = await t.created(id, ONE);
    equalRecords(await read(store), ONE, "records");
  },
  "to read only and closing again lets go of nothing that the holder has": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const reader = t.keep(await t.storage.open(id, { readOnly: true }));
    await t.close(reader);
    await t.put(store, head, [["a", bytes("2")]]);
    equalRecords(await read(store), [["a", bytes("2")]], "records");
  },
  "takes over nothing by itself": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    await t.rival(id);
    equal(await store.head(), head, "head after another handle was opened");
  },
  "goes on at the latest when the holder has closed": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const opening = outcome(t.storage.open(id));
    await turns();
    await t.close(store);
    const opened = await opening;
    ok("store" in opened, "a waiting open is fulfilled once the holder has closed");
    equal(await t.keep(opened.store).head(), head, "head");
  },
  "several wait, and each gets its turn": async (t) => {
    const id = t.id();
    const { store } = await t.created(id, ONE);
    const waiting = new Set(
      Array.from({ length: 3 }, (_, at) => outcome(t.storage.open(id)).then((opened) => ({ at, opened }))),
    );
    const indexed = [...waiting];
    await turns();
    await t.close(store);
    while (waiting.size > 0) {
      const { at, opened } = await Promise.race(waiting);
      waiting.delete(indexed[at] as (typeof indexed)[number]);
      ok("store" in opened, "a waiting open is fulfilled once the one before it has closed");
      const next = t.keep(opened.store);
      equalRecords(await read(next), ONE, "records");
      await t.close(next);
    }
  },
  "another runtime waits for nobody": async (t) => {
    await t.created(t.id(), ONE);
    const { store } = await t.created(t.id(), ONE);
    equalRecords(await read(store), ONE, "records");
  },
  "that waits ends with the signal's reason": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const giveUp = new AbortController();
    const reason = new Error("enough waited");
    const opening = outcome(t.storage.open(id, { signal: giveUp.signal }));
    await turns();
    giveUp.abort(reason);
    const opened = await opening;
    if ("store" in opened) {
      // An adapter that does not wait had it before the abort.
      t.keep(opened.store);
    } else {
      equal(opened.error === reason, true, "rejected with the signal's own reason");
    }
    await t.put(store, head, [["a", bytes("2")]]);
  },
  "that waits ends with a reason that is no error": async (t) => {
    const id = t.id();
    await t.created(id, ONE);
    const giveUp = new AbortController();
    const opening = outcome(t.storage.open(id, { signal: giveUp.signal }));
    await turns();
    giveUp.abort("a plain string");
    const opened = await opening;
    if ("store" in opened) {
      t.keep(opened.store);
    } else {
      equal(opened.error, "a plain string", "reason");
    }
  },
  "with a signal that has aborted does not wait": async (t) => {
    const id = t.id();
    await t.created(id, ONE);
    const reason = new Error("aborted before");
    const opened = await outcome(t.storage.open(id, { signal: AbortSignal.abort(reason) }));
    if ("store" in opened) {
      t.keep(opened.store);
    } else {
      equal(opened.error === reason, true, "rejected with the signal's own reason");
    }
  },
  "that was given up takes nobody's turn": async (t) => {
    const id = t.id();
    const { store, head } = await t.created(id, ONE);
    const giveUp = new AbortController();
    const given = outcome(t.storage.open(id, { signal: giveUp.signal }));
    await turns();
    giveUp.abort(new Error("enough waited"));
    const opened = await given;
    if ("store" in opened) {
      await opened.store.close();
    }
    await t.close(store);
    const next = await t.open(id);
    equal(await next.head(), head, "head");
    await t.put(next, head, [["a", bytes("2")]]);
  },
  "a signal that aborts later does nothing to the handle": async (t) => {
    const id = t.id();
    const giveUp = new AbortController();
    const store = t.keep(await t.storage.open(id, { signal: giveUp.signal }));
    const head = await t.put(store, null, ONE);
    giveUp.abort(new Error("too late"));
    await turns();
    equal(await store.head(), head, "head");
    await t.put(store, head, [["a", bytes("2")]]);
    equalRecords(await read(store), [["a", bytes("2")]], "records");
  },
  "with a signal and takeover does not wait": async (t) => {
    const id = t.id();
    const { head } = await t.created(id, ONE);
    const { signal } = new AbortController();
    const rival = t.keep(await t.storage.open(id, { signal, takeover: true }));
    equal(await rival.head(), head, "head");
  },
  "with empty options and options that are false is like without": async (t) => {
    const id = t.id();
    const first = t.keep(await t.storage.open(id, {}));
    const head = await t.put(first, null, ONE);
    await t.close(first);
    const second = t.keep(await t.storage.open(id, { takeover: false, readOnly: false }));
    equal(await second.head(), head, "head");
    await t.put(second, head, []);
  },
});
