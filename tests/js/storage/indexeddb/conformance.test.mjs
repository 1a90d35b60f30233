/**
 * The conformance kit on fake-indexeddb: with an injected factory, with one that is the host's own, and with one of a
 * browser that has no `getAllRecords` yet.
 */

import { after, before, describe, it } from "node:test";
import * as fake from "fake-indexeddb";
import { indexedDbStorage } from "../../../../pkg/dist/entry/indexeddb.js";
import { storageConformance } from "../../../../pkg/dist/entry/testing.js";

const own = (number) => {
  globalThis.indexedDB ??= new fake.IDBFactory();
  globalThis.IDBKeyRange ??= fake.IDBKeyRange;
  return { databaseName: `kit ${number}` };
};
const kinds = {
  injected: () => ({ indexedDB: new fake.IDBFactory() }),
  "the host's": own,
  "the host's, without getAllRecords": own,
};
const { getAllRecords } = fake.IDBObjectStore.prototype;

for (const [kind, makeOptions] of Object.entries(kinds)) {
  describe(`the conformance kit on a factory that is ${kind}`, () => {
    let made = 0;
    before(() => {
      if (kind.endsWith("getAllRecords")) delete fake.IDBObjectStore.prototype.getAllRecords;
    });
    after(() => {
      fake.IDBObjectStore.prototype.getAllRecords = getAllRecords;
    });
    const kit = storageConformance(async () => {
      made += 1;
      const options = makeOptions(`${kind} ${made}`);
      return { storage: indexedDbStorage(options), another: async () => indexedDbStorage(options) };
    });
    for (const { name, run } of kit) {
      it(name, run);
    }
  });
}
