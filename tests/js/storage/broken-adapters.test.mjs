import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { storageConformance } from "../../../pkg/dist/entry/testing.js";
import { brokenCommits } from "./broken/commits.mjs";
import { brokenKeys } from "./broken/keys.mjs";
import { brokenNames } from "./broken/names.mjs";
import { brokenOpening } from "./broken/opening.mjs";
import { brokenReads } from "./broken/reads.mjs";
import { brokenStores } from "./broken/stores.mjs";
import { brokenValues } from "./broken/values.mjs";

/** How long a case over a broken adapter may wait for an answer that does not come. */
const TIMEOUT_MS = 1000;

const adapters = [
  ...brokenKeys,
  ...brokenValues,
  ...brokenReads,
  ...brokenCommits,
  ...brokenStores,
  ...brokenOpening,
  ...brokenNames,
];

/** The names of the cases of one subject that fail over `make`, all run together. */
async function failing(make, subject) {
  const cases = storageConformance(async () => ({ storage: make() }), { timeoutMs: TIMEOUT_MS });
  const results = await Promise.all(
    cases
      .filter(({ name }) => name.startsWith(`${subject}: `))
      .map(({ name, run }) =>
        run().then(
          () => undefined,
          (error) => ({ name, error }),
        ),
      ),
  );
  return results.filter((result) => result !== undefined);
}

test("there are at least forty broken adapters, each broken in its own way", () => {
  assert.ok(adapters.length >= 40, `${adapters.length} broken adapters`);
  assert.equal(new Set(adapters.map(({ name }) => name)).size, adapters.length);
});

// Side by side: some of them keep a case waiting until its time is over.
describe("the kit catches", { concurrency: 16 }, () => {
  for (const { name, caughtBy, make } of adapters) {
    test(`an adapter that ${name} is caught by the cases on ${caughtBy}`, async (t) => {
      const caught = await failing(make, caughtBy);
      assert.notEqual(caught.length, 0, "no case has failed");
      for (const { error } of caught) {
        assert.equal(error.name, "AssertionError");
      }
      for (const { name: caughtName, error } of caught.slice(0, 3)) {
        t.diagnostic(`${caughtName}: ${error.message}`);
      }
      if (caught.length > 3) {
        t.diagnostic(`and ${caught.length - 3} cases more`);
      }
    });
  }
});
