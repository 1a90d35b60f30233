/* Stores in IndexedDB: how long they take to open, what a cold page costs, what they hold in memory, how long they hold up the page. */
import { withPage } from "../hosts/chromium.mjs";
import { ownMemory } from "../hosts/renderer.mjs";
import { call, freshPage } from "../hosts/stored-pages.mjs";
import { tasksDuring } from "../hosts/tasks.mjs";
import { median, quartiles } from "../report/statistics.mjs";
import { ratio } from "../report/table.mjs";

const MIB = 2 ** 20;
const milliseconds = (value) => `${value.toFixed(1)} ms`;

const PAGES = 500;

const SIZES = {
  small: { id: "1,000 × 100", workers: 1_000, each: 100 },
  unsettled: { id: "1,000 × 100, closed at once", workers: 1_000, each: 100, settle: false },
  spread: { id: "10,000 × 10", workers: 10_000, each: 10 },
  large: { id: "1,000 × 1,000", workers: 1_000, each: 1_000 },
};

/** What else is opened. */
const OTHERS = {
  again: "1,000 × 100: again, in the same page",
  byHand: "1,000 × 100: the database alone, by hand",
  raw: "100,000 rows, getAll",
};

async function opening({ rounds, report }) {
  return withPage(async ({ tab, renew, version }) => {
    tab.on("console", (message) => report(message.text()));
    for (const spec of Object.values(SIZES)) await call(tab, "fillOurs", spec);
    report("rows by hand");
    const { workers, each } = SIZES.small;
    await call(tab, "fillRows", { name: "rows", workers, each });
    const { records, bytes } = await freshPage(renew, (tab) => call(tab, "openOurs", SIZES.small.id));
    await call(tab, "fillTable", { name: "table", records, bytes });
    const rows = [];
    for (let round = 0; round <= rounds; round++) {
      report(`round ${round} of ${rounds}`);
      const row = {};
      for (const [name, { id }] of Object.entries(SIZES)) {
        row[name] = await freshPage(renew, (tab) => call(tab, "openOurs", id));
      }
      row.again = await freshPage(renew, (tab) => call(tab, "openAgain", SIZES.small.id));
      row.byHand = await freshPage(renew, (tab) => call(tab, "openByHand", "table"));
      row.raw = await freshPage(renew, (tab) => call(tab, "getAllRows", "rows"));
      if (round > 0) rows.push(row);
    }
    const ms = (name, what = "ms") => median(rows.map((row) => row[name][what]));
    const timesOf = (name) => rows.map((row) => row.raw.ms / row[name].ms);
    return {
      versions: version,
      figures: [
        ...Object.entries({ "indexeddb.open": "small", "indexeddb.open-again": "again" }).map(
          ([id, name]) => ({
            id,
            host: version,
            value: median(timesOf(name)),
            quartiles: quartiles(timesOf(name)),
            rounds: rows.length,
            clock: "wall",
          }),
        ),
        {
          id: "indexeddb.open-growth",
          host: version,
          value: median(rows.map(({ large, small }) => large.ms / small.ms)),
          rounds: rows.length,
          clock: "wall",
        },
      ],
      detail: Object.keys(rows[0]).map((name) => ({
        store: SIZES[name]?.id ?? OTHERS[name],
        ...rows[0][name],
        ms: ms(name),
      })),
      tables: [
        {
          rows: [
            ["store", "opened in", "records", "bytes", "first list of Workers"],
            ...Object.entries(SIZES).map(([name, { id }]) => [
              id,
              milliseconds(ms(name)),
              rows[0][name].records,
              rows[0][name].bytes.toLocaleString("en"),
              milliseconds(ms(name, "listMs")),
            ]),
            ...Object.entries(OTHERS).map(([name, what]) => [what, milliseconds(ms(name)), "", "", ""]),
          ],
        },
      ],
    };
  });
}

const RECORD_BYTES = 60 * 1024;

/** Read while it is regrouped, which takes some ten seconds. */
const UNSETTLED = { id: "unsettled", workers: 1_000, each: 300, settle: false, pages: 40, pause: 200 };

async function million({ rounds, report }) {
  return withPage(async ({ tab, renew, version }) => {
    tab.on("console", (message) => report(message.text()));
    const spec = { ...SIZES.large, id: "million" };
    const filled = await call(tab, "fillOurs", spec);
    report("records by hand");
    const keys = await call(tab, "fillRecords", { name: "records", bytes: filled.contentBytes });
    await tab.close();
    const figure = (id, value, more = {}) => ({ id, host: version, value, ...more });

    report("cold pages");
    const cold = await freshPage(renew, (tab) =>
      call(tab, "readCold", { ...spec, name: "records", keys, rounds: rounds * 6, seed: 2 }),
    );
    const times = cold.map(({ ours, raw }) => ours.ms / raw.ms);
    const mostRecords = Math.max(...cold.map(({ ours }) => ours.records));

    report("pages of what was just written");
    const early = await freshPage(renew, (tab) => call(tab, "readUnsettled", UNSETTLED));
    const earlyMs = early.map(({ ms }) => ms);

    report("opening, traced");
    const keepOpen = (tab) => call(tab, "keepOpen", { id: spec.id });
    const opened = await tasksDuring(renew, keepOpen, (tab) => call(tab, "loadModule"));
    report("1,000 appends a second, traced");
    const append = (tab) => call(tab, "appendSteadily", { perSecond: 1_000, seconds: 10 });
    const appended = await tasksDuring(renew, append, keepOpen);
    report("memory");
    const empty = await freshPage(renew, async (tab, session) => {
      await call(tab, "keepEmpty", PAGES);
      return ownMemory(tab, session);
    });
    const full = await freshPage(renew, async (tab, session) => {
      await call(tab, "keepOpen", { id: spec.id, pages: PAGES });
      return ownMemory(tab, session);
    });
    const longest = ({ tasks }) => tasks[0].cpu;
    const above = ({ tasks }) => tasks.filter(({ cpu }) => cpu > 8).length;
    return {
      versions: version,
      figures: [
        figure("indexeddb.page", median(times), {
          quartiles: quartiles(times),
          rounds: times.length,
          clock: "wall",
        }),
        figure("indexeddb.page-records", mostRecords),
        figure("page.task-appending", longest(appended), { clock: "thread CPU" }),
        figure("page.task-opening", longest(opened), { clock: "thread CPU" }),
        ...(full === undefined ? [] : [figure("page.memory", (full - empty) / MIB)]),
      ],
      detail: {
        filled,
        page: {
          oursMs: median(cold.map(({ ours }) => ours.ms)),
          rawMs: median(cold.map(({ raw }) => raw.ms)),
          records: median(cold.map(({ ours }) => ours.records)),
          recordBytes: RECORD_BYTES,
        },
        early,
        opening: { longest: opened.tasks.slice(0, 5), above8: above(opened), tasks: opened.tasks.length },
        appending: {
          ...appended.answer,
          longest: appended.tasks.slice(0, 5),
          above8: above(appended),
          tasks: appended.tasks.length,
        },
        memory: { empty, full },
      },
      tables: [
        {
          rows: [
            ["", "measured"],
            ["1,000,000 entries written in", milliseconds(filled.writeMs)],
            ["settled after", milliseconds(filled.settleMs)],
            ["a cold page of 256", milliseconds(median(cold.map(({ ours }) => ours.ms)))],
            ["a cold record of 60 KB", milliseconds(median(cold.map(({ raw }) => raw.ms)))],
            ["page : record", `${ratio(median(times))} (${quartiles(times).map(ratio).join("–")})`],
            ["records a page reads, at most", mostRecords],
            [
              "a page within 10 s after 300,000 entries",
              `${milliseconds(median(earlyMs))} (${quartiles(earlyMs).map(milliseconds).join("–")}, at most ${milliseconds(Math.max(...earlyMs))})`,
            ],
            ["records such a page reads, at most", Math.max(...early.map(({ records }) => records))],
            ["longest task while opening", milliseconds(longest(opened))],
            ["longest task at 1,000 appends a second", milliseconds(longest(appended))],
            ["tasks above 8 ms then", `${above(appended)} of ${appended.tasks.length}`],
            ["longest wait for an acknowledgement", milliseconds(appended.answer.wait.longest)],
            ...(full === undefined
              ? []
              : [["memory beyond a small runtime in memory", `${((full - empty) / MIB).toFixed(1)} MiB`]]),
          ],
        },
      ],
    };
  });
}

export const stored = [
  { name: "stored-opening", title: "Opening a store, IndexedDB", quick: false, run: opening },
  { name: "stored-million", title: "A million entries in IndexedDB", quick: false, run: million },
];
