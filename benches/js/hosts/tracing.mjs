/* The browser's own trace of a page. */

/** What the page says in its trace before and after. */
const MARKS = ["traced-from", "traced-to"];
const MARKS_CATEGORY = "blink.user_timing";
const MOST_TRACES = 8;
/** A page learns a moment late that it is traced. */
const LATE_MS = 200;

const mark = (tab, name) => tab.evaluate((name) => void performance.mark(name), name);

/** Runs `work` and answers what it gives, with the events of these categories meanwhile, and whether the browser knows of none that it has lost. */
async function traceDuring(tab, session, categories, work) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  session.on("Tracing.dataCollected", collect);
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: [...categories, MARKS_CATEGORY],
      recordMode: "recordAsMuchAsPossible",
    },
  });
  await new Promise((resolve) => setTimeout(resolve, LATE_MS));
  await mark(tab, MARKS[0]);
  const answer = await work();
  await mark(tab, MARKS[1]);
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  const { dataLossOccurred } = await complete;
  session.off("Tracing.dataCollected", collect);
  return { answer, events, isWhole: !dataLossOccurred };
}

const marksOf = (events) =>
  MARKS.map((mark) => events.find(({ name, cat }) => name === mark && cat === MARKS_CATEGORY));

/**
 * Runs `work(tab)` in a page of its own, which `renew` gives and `prepare` brings to where it begins, and answers what it gives with what of
 * these categories its main thread did meanwhile. Anew, in another page, where the browser has lost part of what it traced, as it does at times.
 */
export async function traced(categories, renew, work, prepare = () => {}) {
  for (let trace = 1; trace <= MOST_TRACES; trace++) {
    const { tab, session } = await renew();
    try {
      await prepare(tab);
      const { answer, events, isWhole } = await traceDuring(tab, session, categories, () => work(tab));
      const [from, to] = marksOf(events);
      if (!isWhole || from === undefined || to === undefined) continue;
      const isMeanwhile = ({ ph, pid, tid, ts, dur = 0 }) =>
        ph === "X" && pid === from.pid && tid === from.tid && ts >= from.ts && ts + dur <= to.ts;
      const own = events.filter(isMeanwhile);
      if (tasksOf(own).length > 0) return { answer, events: own };
    } finally {
      await tab.close();
    }
  }
  throw new Error(`of ${MOST_TRACES} of the browser's traces none was whole`);
}

const TASK = "ThreadControllerImpl::RunTask";
/** What promises call may come within a task, or after it and before the next. */
const MICROTASKS = "BlinkScheduler_PerformMicrotaskCheckpoint";

/**
 * The tasks among them, with what promises called after each: milliseconds. The browser writes no CPU time of the shortest, and of others now and then
 * one that began before they did.
 */
export function tasksOf(events) {
  const tasks = [];
  let end = 0;
  for (const { name, ts, dur = 0, tdur = dur } of [...events].sort((a, b) => a.ts - b.ts)) {
    if ((name !== TASK && name !== MICROTASKS) || ts < end) continue;
    end = ts + dur;
    if (name === TASK || tasks.length === 0) tasks.push({ cpu: 0, wall: 0 });
    const task = tasks.at(-1);
    task.cpu += Math.min(tdur, dur) / 1e3;
    task.wall += dur / 1e3;
  }
  return tasks;
}
