/* The browser's own trace of a page. */

/** Runs `work` and answers what it gives, with the events of these categories meanwhile. */
export async function traceDuring(session, categories, work) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  session.on("Tracing.dataCollected", collect);
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: categories, recordMode: "recordAsMuchAsPossible" },
  });
  const answer = await work();
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  session.off("Tracing.dataCollected", collect);
  return { answer, events };
}

/** The tasks of the page's main thread: of the busiest one, because other pages' processes idle meanwhile. */
export function tasksOf(events) {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events.filter(
    ({ name, ph, pid, tid }) =>
      ph === "X" && name === "ThreadControllerImpl::RunTask" && mains.has(`${pid} ${tid}`),
  );
  const busy = new Map();
  for (const { pid, tdur } of tasks) busy.set(pid, (busy.get(pid) ?? 0) + tdur);
  const [busiest] = [...busy].sort((a, b) => b[1] - a[1])[0] ?? [];
  return tasks.filter(({ pid }) => pid === busiest);
}
