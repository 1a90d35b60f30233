import { broken } from "./plain.mjs";

export const brokenKeys = [
  broken("takes keys in lower case", "keys", { store: () => ({ keyOf: (key) => key.toLowerCase() }) }),
  broken("cuts keys at 199 characters", "keys", { store: () => ({ keyOf: (key) => key.slice(0, 199) }) }),
  broken("decodes keys as if they were parts of a URL", "keys", {
    store: () => ({
      keyOf(key) {
        try {
          return decodeURIComponent(key);
        } catch {
          return key;
        }
      },
    }),
  }),
  broken("takes doubled slashes for one", "keys", {
    store: () => ({ keyOf: (key) => key.replace(/\/+/g, "/") }),
  }),
  broken("takes numbers as keys for numbers", "keys", {
    store: () => ({
      keyOf: (key) => (key.trim() !== "" && Number.isFinite(Number(key)) ? String(Number(key)) : key),
    }),
  }),
  broken("keeps records in a plain object", "keys", {
    store: (base) => ({
      applyOp(key, value) {
        // What assigning to an object does with this name.
        if (key !== "__proto__") {
          base.applyOp.call(this, key, value);
        }
      },
    }),
  }),
  broken("keeps the head among the records", "keys", {
    store: (base) => ({
      applyOp(key, value) {
        if (key !== "head") {
          base.applyOp.call(this, key, value);
        }
      },
    }),
  }),
  broken("orders keys as a language would", "keys", {
    store: () => ({ order: (a, b) => a.localeCompare(b, "en") || (a < b ? -1 : 1) }),
  }),
  broken("orders numbers in keys as numbers", "keys", {
    store: () => ({ order: (a, b) => Number(a) - Number(b) || (a < b ? -1 : 1) }),
  }),
  broken("gives records in the order of their coming", "keys", { store: () => ({ order: () => 0 }) }),
  broken("gives records in descending order", "keys", {
    store: () => ({ order: (a, b) => (a < b ? 1 : -1) }),
  }),
  broken("takes quotes out of keys", "keys", {
    store: () => ({ keyOf: (key) => key.replace(/['"`]/g, "") }),
  }),
  broken("deletes every key that a deleted one begins", "keys", {
    store: (base) => ({
      applyOp(key, value) {
        if (value !== null) {
          base.applyOp.call(this, key, value);
          return;
        }
        for (const other of [...this.shelf.records.keys()]) {
          if (other.startsWith(key)) {
            this.shelf.records.delete(other);
          }
        }
      },
    }),
  }),
];
