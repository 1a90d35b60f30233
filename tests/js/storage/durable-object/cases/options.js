import assert from "node:assert/strict";
import { RuntimeError } from "worker-runtime";
import { durableObjectStorage } from "worker-runtime/durable-object";

export const options = ({ storage }) => [
  {
    name: "options that are none are refused",
    async run() {
      const refused = (given, path) =>
        assert.throws(
          () => durableObjectStorage(given),
          (error) =>
            error instanceof RuntimeError && error.code === "invalid_request" && error.details.path === path,
        );
      for (const given of [undefined, null, 1, "storage", [storage], storage]) {
        refused(given, given === storage ? "storage" : "options");
      }
      const without = { get() {}, put() {}, delete() {}, list() {}, transaction() {} };
      for (const wrong of [undefined, null, {}, "storage", without]) {
        refused({ storage: wrong }, "storage");
      }
      refused(Object.create({ storage }), "storage");
    },
  },
];
