/* The peers beside plain JavaScript: append messages, read them back in pages. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { targetFolder } from "../../../scripts/shared/paths.mjs";
import { withPage } from "../hosts/chromium.mjs";
import { node24, runProgram } from "../hosts/node.mjs";
import { bundle } from "../install/bundle.mjs";
import { installed, NotInstalled, pinned } from "../install/cached.mjs";
import { median } from "../report/statistics.mjs";
import { ratio } from "../report/table.mjs";

/** How many messages each is given; those whose messages cost more the more there are get few. */
const MESSAGES = {
  ours: 20_000,
  yjs: 20_000,
  xstate: 2_000,
  loro: 10_000,
  "sqlite-wasm": 10_000,
  pglite: 2_000,
  automerge: 2_000,
  langgraph: 400,
};

const versionOf = (peer) => Object.values(pinned[peer].packages).at(-1);

async function measure({ rounds, report }) {
  const rows = [];
  const skipped = [];
  let node;
  for (const [peer, messages] of Object.entries(MESSAGES)) {
    try {
      const folder = peer === "ours" ? undefined : await installed(peer);
      const ran = await runProgram("peers", { peer, folder, messages, rounds }, { report });
      node = ran.node;
      rows.push({
        peer,
        version: peer === "ours" ? undefined : versionOf(peer),
        messages,
        microseconds: median(ran.answer.map((row) => row.peer)),
        ratio: median(ran.answer.map((row) => row.peer / row.plain)),
      });
    } catch (error) {
      if (!(error instanceof NotInstalled)) throw error;
      skipped.push([peer, error.message]);
    }
  }
  rows.sort((a, b) => a.ratio - b.ratio);
  return {
    versions: `Node.js ${node}`,
    figures: [],
    detail: { rows, skipped },
    tables: [
      {
        left: 2,
        rows: [
          ["", "version", "messages", "µs a message", "to plain JavaScript"],
          ...rows.map(({ peer, version = "", messages, microseconds, ratio: times }) => [
            peer === "ours" ? "worker-runtime" : peer,
            version,
            messages.toLocaleString("en"),
            microseconds.toFixed(2),
            ratio(times),
          ]),
          ...skipped.map(([peer, reason]) => [peer, "left out", "", "", reason]),
        ],
      },
    ],
  };
}

const STORES = {
  files: ["ours", "classic-level", "lmdb", "node-sqlite"],
  indexedDb: ["ours", "idb", "dexie", "y-indexeddb", "automerge-repo", "rxdb"],
};
const ALONE = 100;
const MOST_ROUNDS = 3;

/** Has `measureOne` measure each store of `names` and tells what came of it. */
async function stores(names, measureOne) {
  const rows = [];
  const skipped = [];
  for (const name of names) {
    try {
      const needs = Object.hasOwn(pinned, name);
      const measured = await measureOne(name, needs ? await installed(name) : undefined);
      const aSecond = (way) => Math.round(1e3 / median(measured.map((row) => row[way])));
      rows.push({
        name: name === "ours" ? "worker-runtime" : name,
        version: needs ? versionOf(name) : "",
        one: aSecond("one"),
        together: aSecond("together"),
      });
    } catch (error) {
      if (!(error instanceof NotInstalled)) throw error;
      skipped.push([name, error.message]);
    }
  }
  const count = (value) => value.toLocaleString("en");
  return {
    figures: [],
    detail: { rows, skipped },
    tables: [
      {
        left: 2,
        rows: [
          ["", "version", "one after another", "1,000 at once"],
          ...rows.map(({ name, version, one, together }) => [name, version, count(one), count(together)]),
          ...skipped.map(([name, reason]) => [name, `left out: ${reason}`, "", ""]),
        ],
      },
    ],
  };
}

async function onFiles({ rounds, report }) {
  const node = await node24();
  const directory = join(targetFolder, "bench", "stores");
  rmSync(directory, { recursive: true, force: true });
  let version;
  const result = await stores(STORES.files, async (name, folder) => {
    report(name);
    const task = {
      name,
      folder,
      directory: join(directory, name),
      rounds: Math.min(rounds, MOST_ROUNDS),
      alone: ALONE,
    };
    const ran = await runProgram("stores-files", task, { node });
    version = ran.node;
    return ran.answer;
  });
  rmSync(directory, { recursive: true, force: true });
  return { versions: `Node.js ${version}`, ...result };
}

async function inIndexedDb({ rounds, report }) {
  const bundles = join(targetFolder, "bench", "bundles");
  mkdirSync(bundles, { recursive: true });
  return withPage(
    async ({ renew, version }) => {
      const result = await stores(STORES.indexedDb, async (name, packages) => {
        report(name);
        if (packages !== undefined) {
          const entry = fileURLToPath(new URL(`../stores/${name}.mjs`, import.meta.url));
          await bundle({ entry, packages, outfile: join(bundles, `${name}.js`) });
        }
        const { tab } = await renew();
        try {
          return await tab.evaluate(
            async ([name, task]) => {
              const { measureStore } = await import("/benches/programs/stores-appends.mjs");
              const from = name === "ours" ? "/benches/programs/stores-ours.mjs" : `/bundles/${name}.js`;
              const { open } = await import(from);
              return measureStore(await open(name), task);
            },
            [name, { rounds: Math.min(rounds, MOST_ROUNDS), alone: ALONE }],
          );
        } finally {
          await tab.close();
        }
      });
      return { versions: version, ...result };
    },
    { folders: { bundles } },
  );
}

export const peers = [
  { name: "peers", title: "Append a message, read pages", quick: false, run: measure },
  { name: "peers-indexeddb", title: "Durable appends a second in IndexedDB", quick: false, run: inIndexedDb },
  { name: "peers-files", title: "Durable appends a second on files", quick: false, run: onFiles },
];
