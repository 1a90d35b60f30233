import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareUtf8 } from "../../../pkg/dist/storage/checks.js";
import {
  isStorageLost,
  isStorageRejected,
  StorageLost,
  StorageRejected,
} from "../../../pkg/dist/storage/contract.js";

describe("StorageRejected", () => {
  test("is an Error with a name, a code, a message and a cause", () => {
    const cause = new Error("disk full");
    for (const code of ["quota", "too_large", "denied"]) {
      const plain = new StorageRejected(code);
      assert.ok(plain instanceof Error);
      assert.equal(plain.name, "StorageRejected");
      assert.equal(plain.code, code);
      assert.match(plain.message, new RegExp(code));
      assert.equal("cause" in plain, false);
      const told = new StorageRejected(code, { message: "no room", cause });
      assert.equal(told.message, "no room");
      assert.equal(told.cause, cause);
    }
  });

  test("is recognised by name and code, also where it is of another copy of the package", () => {
    assert.equal(isStorageRejected(new StorageRejected("quota")), true);
    assert.equal(
      isStorageRejected(Object.assign(new Error(), { name: "StorageRejected", code: "denied" })),
      true,
    );
    assert.equal(isStorageRejected({ name: "StorageRejected", code: "too_large" }), true);
    assert.equal(isStorageRejected(Object.assign(new Error(), { name: "StorageRejected" })), false);
    assert.equal(isStorageRejected({ name: "StorageRejected", code: "maybe" }), false);
    assert.equal(isStorageRejected(Object.assign(new Error(), { code: "quota" })), false);
    assert.equal(isStorageRejected(new StorageLost()), false);
  });
});

describe("StorageLost", () => {
  test("is an Error with a name, a message and a cause", () => {
    const cause = new Error("site data cleared");
    const lost = new StorageLost("gone", { cause });
    assert.ok(lost instanceof Error);
    assert.equal(lost.name, "StorageLost");
    assert.equal(lost.message, "gone");
    assert.equal(lost.cause, cause);
  });

  test("is recognised by name, also where it is of another copy of the package", () => {
    assert.equal(isStorageLost(new StorageLost()), true);
    assert.equal(isStorageLost(Object.assign(new Error(), { name: "StorageLost" })), true);
    assert.equal(isStorageLost(new StorageRejected("quota")), false);
    assert.equal(isStorageLost(new Error("StorageLost")), false);
  });
});

test("whatever a host rejects with can be asked for its kind", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const throwing = {
    get name() {
      throw new Error("not for you");
    },
  };
  for (const error of [undefined, null, 0, "StorageLost", Symbol("lost"), () => undefined, proxy, throwing]) {
    assert.equal(isStorageRejected(error), false);
    assert.equal(isStorageLost(error), false);
  }
});

test("ids are compared by their UTF-8 bytes", () => {
  const parts = [
    "",
    "a",
    "b",
    "\u0000",
    "\u007f",
    "é",
    "\ud7ff",
    "\ue000",
    "\uffff",
    "\u{10000}",
    "\u{1f600}",
    "\u{10ffff}",
  ];
  const ids = parts.flatMap((first) => parts.flatMap((second) => [first + second, `${first}x${second}`]));
  for (const a of ids) {
    for (const b of ids) {
      const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
      assert.equal(Math.sign(compareUtf8(a, b)), expected, JSON.stringify([a, b]));
    }
  }
});
