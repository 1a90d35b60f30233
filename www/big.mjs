/** A big runtime made through the package alone, as fast as its storage acknowledges. */

export const WORKERS = 1_000;
export const ENTRIES = 100_000;

/** The first Worker has a long conversation, the others have short ones of equal length. */
const SHORT = 50;
const LONG = ENTRIES - (WORKERS - 1) * SHORT;

/** Calls that are awaited together: what a storage acknowledges at once is one commit, whatever is in it. */
const BATCH = 1_000;

const topics = [
  "the harvest",
  "the night shift",
  "a bridge",
  "the archive",
  "a lighthouse",
  "the tide tables",
];

function* requests() {
  for (let number = 1; number <= WORKERS; number += 1) {
    const topic = topics[number % topics.length];
    yield {
      intent:
        number % 3 === 0
          ? { kind: "role", role: `Keeper of ${topic}, ${number}` }
          : { kind: "task", objective: `Part ${number} of the work on ${topic}` },
    };
  }
}

function* messages(workers) {
  for (const [index, { workerRef }] of workers.entries()) {
    const length = index === 0 ? LONG : SHORT;
    for (let number = 1; number <= length; number += 1) {
      const text = `Message ${number} of ${length}${"\nwith one more line".repeat(number % 4)}`;
      yield { workerRef, number, text };
    }
  }
}

function* batchesOf(items) {
  let batch = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** One entry, said or answered in turns. */
const record = (runtime, { workerRef, number, text }) =>
  number % 2 === 1
    ? runtime.sendInput(workerRef, { kind: "user", content: text })
    : runtime.recordOutput(workerRef, { kind: "assistant", content: text });

/**
 * Adds 1,000 Workers and 100,000 entries to `runtime` until `signal` aborts, and yields after each batch how many
 * Workers and entries were acknowledged. What was acknowledged stays.
 */
export async function* makeBig(runtime, signal) {
  const workers = [];
  for (const batch of batchesOf(requests())) {
    workers.push(...(await Promise.all(batch.map((request) => runtime.createWorker(request)))));
    yield { workers, entries: 0 };
  }
  let entries = 0;
  for (const batch of batchesOf(messages(workers))) {
    if (signal.aborted) return;
    await Promise.all(batch.map((message) => record(runtime, message)));
    entries += batch.length;
    yield { workers, entries };
  }
}
