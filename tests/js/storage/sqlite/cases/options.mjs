import assert from "node:assert/strict";
import { RuntimeError } from "worker-runtime";
import { sqliteStorage } from "worker-runtime/sqlite";
import { connected } from "../support.mjs";

const throwing = new Proxy(
  {},
  {
    get() {
      throw new Error("a getter that throws");
    },
  },
);

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

function refusal(call) {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof RuntimeError, `a RuntimeError, not ${error}`);
    assert.equal(error.code, "invalid_request");
    return error;
  }
  throw new assert.AssertionError({ message: "it was not refused" });
}

export const options = [
  {
    name: "options that are none are refused",
    run() {
      for (const options of [undefined, null, 1, "database", [], () => {}]) {
        assert.equal(refusal(() => sqliteStorage(options)).details.path, "options");
      }
      for (const database of [undefined, null, 1, "file.db", {}, { exec() {} }, { exec() {}, prepare: 1 }]) {
        assert.equal(refusal(() => sqliteStorage({ database })).details.path, "database");
      }
      assert.equal(refusal(() => sqliteStorage({})).details.path, "database");
    },
  },
  {
    name: "options that cannot be read are refused",
    run() {
      refusal(() => sqliteStorage({ database: throwing }));
      refusal(() => sqliteStorage({ database: revoked() }));
      refusal(() => sqliteStorage(revoked()));
      refusal(() =>
        sqliteStorage({
          get database() {
            throw new Error("a getter that throws");
          },
        }),
      );
    },
  },
  {
    name: "the prototype of options is not asked",
    run(context) {
      const database = connected(context, ":memory:");
      refusal(() => sqliteStorage(Object.create({ database })));
      sqliteStorage(Object.assign(Object.create(null), { database }));
    },
  },
];
