/** Cases for any host: `{ name, run(context) }`, one after another, each told of in a line of JSON. */
import { writeSync } from "node:fs";

const LONGEST_MS = 240_000;

/** Runs cases and writes what became of each to standard output. */
export async function tellCases(cases) {
  for (const { name, run } of cases) {
    const cleaning = [];
    const told = { name, notes: [] };
    const context = {
      after: (clean) => cleaning.push(clean),
      diagnostic: (note) => told.notes.push(note),
      skip(reason) {
        told.skipped = reason;
      },
    };
    let timer;
    const overdue = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no end within ${LONGEST_MS} ms`)), LONGEST_MS);
    });
    try {
      await Promise.race([run(context), overdue]);
    } catch (error) {
      told.error = error?.stack ?? String(error);
    }
    clearTimeout(timer);
    for (const clean of cleaning.reverse()) {
      try {
        await clean();
      } catch (error) {
        told.error ??= `while it cleaned up: ${error?.stack ?? error}`;
      }
    }
    writeSync(1, `${JSON.stringify(told)}\n`);
  }
}
