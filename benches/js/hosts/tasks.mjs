/* How long the main thread of a page was held up at a time, from the browser's own trace. */

/** Nothing that has the browser look into what runs, which would be measured too. */
const CATEGORIES = ["toplevel", "__metadata"];

/** Runs `work` and answers the tasks of the page's main thread meanwhile: milliseconds of each, longest in CPU time first. */
export async function tasksDuring(session, work) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  session.on("Tracing.dataCollected", collect);
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: CATEGORIES, recordMode: "recordAsMuchAsPossible" },
  });
  const answer = await work();
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  session.off("Tracing.dataCollected", collect);
  return { answer, tasks: longest(events) };
}

function longest(events) {
  const busiest = new Map();
  const mains = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const tasks = events.filter(
    ({ name, ph, pid, tid }) =>
      ph === "X" && name === "ThreadControllerImpl::RunTask" && mains.has(`${pid} ${tid}`),
  );
  for (const { pid, tdur } of tasks) busiest.set(pid, (busiest.get(pid) ?? 0) + tdur);
  // Other pages' processes idle meanwhile.
  const [page] = [...busiest].sort((a, b) => b[1] - a[1])[0];
  return tasks
    .filter(({ pid }) => pid === page)
    .map(({ tdur, dur }) => ({ cpu: tdur / 1e3, wall: dur / 1e3 }))
    .sort((a, b) => b.cpu - a.cpu);
}
