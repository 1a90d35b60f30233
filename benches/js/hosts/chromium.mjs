/* The in-memory scenarios in a page of Chromium; the clocks are the browser's own, asked through its debugger. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBrowser, findChromium } from "../../../scripts/setup/browser.mjs";
import { packedFolder } from "../../../scripts/shared/paths.mjs";
import { step } from "../../../scripts/shared/progress.mjs";
import { makeProfile, startBrowser } from "../../../tests/e2e/indexeddb/browser.mjs";
import { median } from "../report/statistics.mjs";
import { playRounds } from "./rounds.mjs";
import { serve } from "./serve.mjs";

const benches = fileURLToPath(new URL("..", import.meta.url));
const installed = join(packedFolder, "node_modules", "worker-runtime");
const CALIBRATIONS = 41;

/**
 * Opens a browser of its own with a page that can load the package and the benches; `work` gets the page, its debugger's
 * session, and `renew`, which answers a fresh page beside it. Installs Chromium where it is missing; rejects with `Unavailable` where that cannot be.
 */
export async function withPage(work, { folders = {}, flags = [] } = {}) {
  if (findChromium() === undefined) await step("Chromium", ensureBrowser);
  const server = await serve({ benches, package: installed, ...folders });
  let profile;
  let browser;
  try {
    profile = await makeProfile();
    browser = await startBrowser(profile.path, flags);
    const renew = async () => {
      const tab = await browser.context.newPage();
      await tab.goto(server.origin);
      return { tab, session: await browser.cdp(tab) };
    };
    const first = await renew();
    const agent = await first.tab.evaluate(() => navigator.userAgent);
    const version = `Chromium ${/Chrome\/(\d+)/.exec(agent)?.[1]}`;
    return await work({ ...first, origin: server.origin, version, renew });
  } finally {
    await browser?.quit();
    await profile?.remove();
    server.close();
  }
}

/** CPU time of the page's main thread, in milliseconds. */
async function threadTime(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "ThreadTime").value * 1e3;
}

const play = ([subject, scenario, at]) => globalThis.play(subject, scenario, at);

/** Rows as `playRounds` answers them, and the browser's version. */
export function playInChromium({ subjects, size, report, ...task }) {
  return withPage(async ({ tab, session, origin, version }) => {
    await session.send("Performance.enable");
    await session.send("Profiler.enable");
    const profiles = [];
    await tab.evaluate(
      async ([subjects, size, origin]) => {
        const { loadPlayers } = await import("/benches/hosts/subjects.mjs");
        const at = (path) => `${origin}/benches/${path}`;
        const players = await loadPlayers(subjects, size, at, `${origin}/package/dist/entry/index.js`);
        globalThis.players = players;
        globalThis.play = async (subject, scenario, at) => {
          if (subject === undefined) return {};
          const before = performance.now();
          const sum = await players[subject].play(scenario, at);
          return { sum, wall: performance.now() - before };
        };
      },
      [subjects, size, origin],
    );
    const step = async (...asked) => {
      const before = await threadTime(session);
      const { sum, wall } = await tab.evaluate(play, asked);
      return { sum, spent: { wall, thread: (await threadTime(session)) - before } };
    };
    // What asking itself costs the page is not the subject's.
    const empty = [];
    for (let at = 0; at < CALIBRATIONS; at++) empty.push((await step()).spent.thread);
    const asking = median(empty);
    const host = {
      names: () => tab.evaluate((subject) => globalThis.players[subject].names, subjects[0]),
      phases: (subject, scenario) =>
        tab.evaluate(
          ([subject, scenario]) => globalThis.players[subject].phases(scenario),
          [subject, scenario],
        ),
      settle: () => session.send("HeapProfiler.collectGarbage"),
      async play(subject, scenario, at, isProfiled) {
        if (isProfiled) await session.send("Profiler.start");
        const { sum, spent } = await step(subject, scenario, at);
        if (isProfiled) profiles.push((await session.send("Profiler.stop")).profile);
        return { sum, spent: { ...spent, thread: Math.max(0, spent.thread - asking) } };
      },
    };
    const rows = await playRounds({ ...task, subjects, host, report });
    return { version, asking, rows, profiles };
  });
}
