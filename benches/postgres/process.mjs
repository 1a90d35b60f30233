/* One process of the fleet: its runtimes on one pool, each with so many mutations under way. */
import pg from "pg";
import { Runtime } from "../../target/packed/node_modules/worker-runtime/dist/entry/index.js";
import { postgresStorage } from "../../target/packed/node_modules/worker-runtime/dist/entry/postgres.js";

/** As long as what people and models say to each other on average. */
const content = "x".repeat(400);
/** At most so many latencies are kept of each runtime. */
const KEPT = 20_000;

let storage;
let ids;
let runtimes;

async function open(runtimeId) {
  const runtime = await Runtime.open({ storage, runtimeId });
  const { workerRef } = await runtime.createWorker();
  return { runtime, workerRef };
}

async function drive({ runtime, workerRef }, end, inFlight, latencies) {
  let mutations = 0;
  const one = async () => {
    while (performance.now() < end) {
      const since = performance.now();
      await runtime.sendInput(workerRef, { kind: "user", content });
      if (latencies.length < KEPT) latencies.push(performance.now() - since);
      mutations += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return mutations;
}

const answers = {
  start({ connection, schema, ids: mine }) {
    const pool = new pg.Pool(connection);
    storage = postgresStorage({ pool, schema });
    ids = mine;
    return {};
  },

  async open() {
    const since = performance.now();
    runtimes = await Promise.all(ids.map(open));
    return { elapsed: performance.now() - since };
  },

  async drive({ seconds, inFlight }) {
    const before = process.cpuUsage();
    const since = performance.now();
    const kept = runtimes.map(() => []);
    const counts = await Promise.all(
      runtimes.map((each, at) => drive(each, since + seconds * 1_000, inFlight, kept[at])),
    );
    const elapsed = performance.now() - since;
    const { user, system } = process.cpuUsage(before);
    return {
      elapsed,
      mutations: counts.reduce((sum, count) => sum + count, 0),
      latencies: kept.flat(),
      cpuMs: (user + system) / 1_000,
    };
  },
};

process.on("message", async (message) => {
  const what = message === "open" ? "open" : "connection" in message ? "start" : "drive";
  process.send(await answers[what](message));
});
