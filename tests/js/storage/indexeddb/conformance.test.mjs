/** The conformance kit on fake-indexeddb: with an injected factory, and with one that is the host's own. */

import { describe, it } from "node:test";
import * as fake from "fake-indexeddb";
import { indexedDbStorage } from "../../../../pkg/dist/entry/indexeddb.js";
import { storageConformance } from "../../../../pkg/dist/entry/testing.js";

const kinds = {
  injected: () => ({ indexedDB: new fake.IDBFactory() }),
  "the host's": (number) => {
    globalThis.indexedDB ??= new fake.IDBFactory();
    globalThis.IDBKeyRange ??= fake.IDBKeyRange;
    return { databaseName: `kit ${number}` };
  },
};

for (const [kind, makeOptions] of Object.entries(kinds)) {
  describe(`the conformance kit on a factory that is ${kind}`, () => {
    let made = 0;
    const kit = storageConformance(async () => {
      made += 1;
      const options = makeOptions(made);
      return { storage: indexedDbStorage(options), another: async () => indexedDbStorage(options) };
    });
    for (const { name, run } of kit) {
      it(name, run);
    }
  });
}
