/** The conformance kit on LevelDB, on what older versions of abstract-level make of it, and on others that follow it. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { MemoryLevel } from "memory-level";
import { levelStorage } from "worker-runtime/level";
import { storageConformance } from "worker-runtime/testing";
import { sameRuntimeCases } from "../../durable/same-runtime.mjs";
import { packagesOf } from "../hosts/hosts.mjs";
import { database } from "./support.mjs";

/** Runs the kit on one database, `another` on another object for the same place. */
async function conform(context, { storage, another = storage }) {
  for (const { name, run } of storageConformance(async () => ({
    storage: storage(),
    another: async () => another(),
  }))) {
    await context.test(name, run);
  }
}

test("the conformance kit on classic-level", async (context) => {
  const db = database(context);
  await conform(context, { storage: () => levelStorage({ database: db }) });
});

test("the conformance kit on two objects for one sublevel", async (context) => {
  const db = database(context);
  const sublevel = () =>
    levelStorage({ database: db.sublevel("a").sublevel("b", { valueEncoding: "json" }) });
  await conform(context, { storage: sublevel });
});

test("the conformance kit on memory-level", async (context) => {
  const db = new MemoryLevel({ keyEncoding: "json", valueEncoding: "json" });
  await conform(context, { storage: () => levelStorage({ database: db }) });
});

test("the conformance kit where iterators see what changes meanwhile", async (context) => {
  const db = new MemoryLevel();
  const supports = { ...db.supports, implicitSnapshots: false, snapshots: false };
  const without = new Proxy(db, {
    get(target, name) {
      const value = name === "supports" ? supports : Reflect.get(target, name);
      if (name !== "iterator") {
        return typeof value === "function" ? value.bind(target) : value;
      }
      // Entry by entry, each as it is by then.
      return (options) => ({
        async all() {
          const found = [];
          for (const key of await db.keys(options).all()) {
            await new Promise((resolve) => setImmediate(resolve));
            const [entry] = await db.iterator({ ...options, gte: key, limit: 1 }).all();
            if (entry?.[0] === key) {
              found.push(entry);
            }
          }
          return found;
        },
      });
    },
  });
  await conform(context, { storage: () => levelStorage({ database: without }) });
});

for (const group of ["level-1", "level-2"]) {
  test(`the conformance kit on classic-level of ${group}`, async (context) => {
    const { folder, reason } = await packagesOf(group);
    if (folder === undefined) {
      context.skip(reason);
      return;
    }
    const { ClassicLevel } = createRequire(join(folder, "package.json"))("classic-level");
    const db = database(context, undefined, ClassicLevel);
    await conform(context, { storage: () => levelStorage({ database: db }) });
  });
}

test("the same runtime on classic-level", async (context) => {
  const make = async (subject) => {
    const db = database(subject);
    return { storage: () => levelStorage({ database: db }), durability: "power-loss", waits: true };
  };
  for (const { name, run } of sameRuntimeCases("level", make)) {
    await context.test(name, run);
  }
});
