/* How long the main thread of a page was held up at a time, from the browser's own trace. */
import { tasksOf, traceDuring } from "./tracing.mjs";

/** Nothing that has the browser look into what runs, which would be measured too. */
const CATEGORIES = ["toplevel", "__metadata"];

/** Runs `work` and answers the tasks of the page's main thread meanwhile: milliseconds of each, longest in CPU time first. */
export async function tasksDuring(session, work) {
  const { answer, events } = await traceDuring(session, CATEGORIES, work);
  const tasks = tasksOf(events).map(({ tdur, dur }) => ({ cpu: tdur / 1e3, wall: dur / 1e3 }));
  return { answer, tasks: tasks.sort((a, b) => b.cpu - a.cpu) };
}
