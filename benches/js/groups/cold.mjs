/* What code costs that runs for the first time in its page, and what an opening waits for: why some bounds are missed. */
import { withPage } from "../hosts/chromium.mjs";
import { call, freshPage } from "../hosts/stored-pages.mjs";
import { traced } from "../hosts/tracing.mjs";
import { ENGINE_CATEGORIES, engineWork, kinds } from "../report/engine.mjs";
import { median } from "../report/statistics.mjs";
import { bundles, startupFolder } from "./startup.mjs";

const SCENARIO = "W, 1,000 in flight";
const STORE = { id: "1,000 × 100", workers: 1_000, each: 100 };
const SETTLE_MS = 300;

const start = (name) => async (tab) => {
  await tab.evaluate(async (name) => (await import(`/startup/${name}.js`)).start(), name);
};

const loadPlayer = (subject) => (tab, origin) =>
  tab.evaluate(
    async ([subject, origin]) => {
      const { loadPlayers } = await import("/benches/hosts/subjects.mjs");
      const at = (path) => `${origin}/benches/${path}`;
      globalThis.players = await loadPlayers([subject], "full", at, `${origin}/package/dist/entry/index.js`);
    },
    [subject, origin],
  );

const play = (subject) => (tab) =>
  tab.evaluate(
    async ([subject, scenario]) => {
      const player = globalThis.players[subject];
      const phases = await player.phases(scenario);
      for (const at of phases.keys()) await player.play(scenario, at);
    },
    [subject, SCENARIO],
  );

/** By column: what is done in the page before it is traced, and what is traced. */
const COLUMNS = {
  "import to `create`": { work: start("ours") },
  "import to document, Yjs": { work: start("yjs") },
  "first W": { prepare: loadPlayer("ours"), work: play("ours") },
  "first W, plain class": { prepare: loadPlayer("plain"), work: play("plain") },
  opening: { prepare: (tab) => call(tab, "loadModule"), work: (tab) => call(tab, "openOurs", STORE.id) },
};

const quiet = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

/** What a page's main thread did in one run of a column, by kind. */
async function tracedRun({ prepare, work }, renew, origin) {
  const { events } = await traced(ENGINE_CATEGORIES, renew, work, async (tab) => {
    await prepare?.(tab, origin);
    await quiet();
  });
  return engineWork(events);
}

const milliseconds = (value) => value.toFixed(1);

/** A result without figures that anything is held to. */
const profile = (versions, detail, rows) => ({ versions, figures: [], detail, tables: [{ rows }] });

async function cold({ rounds, report }) {
  await bundles();
  return withPage(
    async ({ tab, renew, origin, version }) => {
      await call(tab, "fillOurs", STORE);
      const runs = Object.fromEntries(Object.keys(COLUMNS).map((name) => [name, []]));
      for (let round = 0; round <= rounds; round++) {
        report(`round ${round} of ${rounds}`);
        for (const [name, column] of Object.entries(COLUMNS)) {
          const run = await tracedRun(column, renew, origin);
          // The first round brings the files into memory.
          if (round > 0) runs[name].push(run);
        }
      }
      const of = (name, pick) => median(runs[name].map(pick));
      const row = (what, pick, shown = milliseconds) => [
        what,
        ...Object.keys(runs).map((name) => shown(of(name, pick))),
      ];
      return profile(version, runs, [
        ["milliseconds of the main thread", ...Object.keys(runs)],
        ...kinds.map((kind, at) => row(kind, ({ spent }) => spent[at])),
        row("together", ({ whole }) => whole),
        row("functions of JavaScript compiled", ({ counts }) => counts.functions, Math.round),
        row("functions of the module compiled", ({ counts }) => counts.moduleFunctions, Math.round),
      ]);
    },
    { folders: { startup: startupFolder } },
  );
}

async function waits({ rounds, report }) {
  return withPage(async ({ tab, renew, version }) => {
    await call(tab, "fillOurs", STORE);
    const { records, bytes } = await freshPage(renew, (tab) => call(tab, "openOurs", STORE.id));
    await call(tab, "fillTable", { name: "table", records, bytes });
    const ways = { ours: ["openOurs", STORE.id], "by hand": ["openByHand", "table"] };
    const runs = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
    for (let round = 0; round <= rounds; round++) {
      report(`round ${round} of ${rounds}`);
      for (const [way, asked] of Object.entries(ways)) {
        const run = await freshPage(renew, async (tab) => {
          await quiet();
          return call(tab, "openWatched", ...asked);
        });
        if (round > 0) runs[way].push(run);
      }
    }
    const row = (what, pick) => [
      what,
      ...Object.values(runs).map((all) => milliseconds(median(all.map(pick)))),
    ];
    const steps = Object.keys(runs.ours[0].waited);
    return profile(version, runs, [
      ["milliseconds waited for", ...Object.keys(ways)],
      ...steps.map((step) => row(step, ({ waited }) => waited[step])),
      row("nothing: the page's own work", ({ rest }) => rest),
      row("together", ({ ms }) => ms),
    ]);
  });
}

const PARTS = {
  asking: "from the transaction to its first answer",
  writing: "from there until it is durable",
  between: "between transactions",
  whole: "together",
};

async function appends({ rounds }) {
  return withPage(async ({ tab, version }) => {
    const rows = await tab.evaluate(
      async (rounds) => (await import("/benches/programs/waits-appends.mjs")).watchAppends(rounds),
      rounds,
    );
    const writers = Object.keys(rows[0]);
    const of = (part, shown) => writers.map((name) => shown(median(rows.map((row) => row[name][part]))));
    const hundredths = (value) => value.toFixed(2);
    return profile(version, rows, [
      ["milliseconds an append", ...writers],
      ...Object.entries(PARTS).map(([part, what]) => [what, ...of(part, hundredths)]),
      ["transactions that write", ...of("transactions", hundredths)],
    ]);
  });
}

export const coldCode = [
  { name: "profile-cold", title: "What runs for the first time", quick: false, run: cold },
  {
    name: "profile-indexeddb",
    title: "Where the time of appends to IndexedDB goes, one after another",
    quick: false,
    run: appends,
  },
  { name: "profile-opening", title: "What an opening waits for", quick: false, run: waits },
];
