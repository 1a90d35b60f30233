// What a runtime holds, as text: the catalog, a page of a transcript, the events by kind.
import { shorten } from "./replay.mjs";

const PAGE_ITEMS = 8;

// Recorded tool output carries terminal control sequences, which are not for this terminal.
const printable = (text) => text.replace(/\p{Cc}+/gu, " ");

function table(head, rows) {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => [...row[column]].length)),
  );
  const line = (cells) =>
    cells.map((cell, column) => cell + " ".repeat(widths[column] - [...cell].length)).join("  ");
  return [line(head), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)]
    .map((text) => text.trimEnd())
    .join("\n");
}

function catalog(runtime) {
  const rows = runtime
    .listWorkers()
    .map((worker) => [
      worker.workerId,
      worker.status,
      String(worker.transcriptLen),
      String(worker.lastEventId),
      shorten(printable(worker.intent.objective ?? worker.intent.kind), 60),
    ]);
  return table(["worker", "status", "entries", "last event", "objective"], rows);
}

async function transcriptPage(runtime, worker) {
  const page = await runtime.transcriptProjection(worker.workerRef, { start: 0, limit: PAGE_ITEMS });
  const rows = page.items.map((entry) => [
    String(entry.sequence),
    entry.role,
    String(entry.content.length),
    shorten(printable(entry.content), 70),
  ]);
  const more = page.nextStart === undefined ? "" : `, the next page starts at ${page.nextStart}`;
  return `${table(["#", "role", "characters", "content"], rows)}\n${page.items.length} of ${page.totalItems}${more}`;
}

async function eventCounts(runtime) {
  const counts = new Map();
  const limit = runtime.summary().limits.maxEventBatchItems;
  let cursor = runtime.eventCursorFromStart();
  for (let more = true; more; ) {
    const batch = await runtime.readEvents(cursor, limit);
    for (const { kind } of batch.events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    cursor = batch.cursor;
    more = batch.hasMore;
  }
  return table(
    ["event", "count"],
    [...counts].map(([kind, count]) => [kind, String(count)]),
  );
}

/** Prints it. */
export async function showReport(runtime) {
  const summary = runtime.summary();
  console.log(
    `\nRuntime ${summary.runtimeId}: ${summary.displayName}, ${summary.backend}, ${summary.status}`,
  );
  console.log(`\n${catalog(runtime)}`);
  const [first] = runtime.listWorkers();
  if (first) console.log(`\nTranscript of ${first.workerId}\n${await transcriptPage(runtime, first)}`);
  console.log(`\n${await eventCounts(runtime)}`);
}
