/* How long the main thread of a page was held up at a time, from the browser's own trace. */
import { tasksOf, traced } from "./tracing.mjs";

/** Nothing that has the browser look into what runs, which would be measured too. */
const CATEGORIES = ["toplevel"];

/** Runs `work` as `traced` does and answers the tasks of the page's main thread meanwhile: milliseconds of each, longest in CPU time first. */
export async function tasksDuring(renew, work, prepare) {
  const { answer, events } = await traced(CATEGORIES, renew, work, prepare);
  return { answer, tasks: tasksOf(events).sort((a, b) => b.cpu - a.cpu) };
}
