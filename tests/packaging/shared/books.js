// What every consumer does with the package; copied into each project. It imports nothing, so that each host loads
// the package in its own way.

const ASKED = ["How dry is the fern?", "Und die Grünlilie? 🌱", "x".repeat(10_000)];
const ANSWERED = "Both want water.";

/** How many entries one call adds. */
export const ENTRIES = ASKED.length + 1;

function expectSame(what, found, expected) {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
}

/** Its bookkeeping in memory, without a storage. */
async function inMemory(Runtime) {
  const runtime = await Runtime.create({ runtimeId: "passing" });
  const { workerRef } = await runtime.createWorker();
  await runtime.sendInput(workerRef, { kind: "system", content: "Be brief." });
  const { events } = await runtime.readEvents(runtime.eventCursorFromStart(), 10);
  await runtime.close();
  expectSame(
    "events in memory",
    events.map(({ kind }) => kind),
    ["runtime_started", "worker_created", "worker_input_accepted"],
  );
}

/**
 * Opens a durable runtime, adds to its one Worker's transcript, closes it, opens it again and reads everything back.
 * Answers with how many entries it found at first and how many there are now; rejects where something is missing.
 */
export async function keepBooks(Runtime, storage, runtimeId = "books") {
  await inMemory(Runtime);

  const runtime = await Runtime.open({ runtimeId, storage });
  const known = runtime.listWorkers()[0];
  const { workerRef } =
    known ?? (await runtime.createWorker({ intent: { kind: "task", objective: "Water" } }));
  const found = known?.transcriptLen ?? 0;
  const sent = ASKED.map((content) => runtime.sendInput(workerRef, { kind: "user", content }));
  await runtime.recordOutput(workerRef, { kind: "assistant", content: ANSWERED });
  const sequences = (await Promise.all(sent)).map((ack) => ack.transcriptSequence);
  expectSame("sequences", sequences, [found + 1, found + 2, found + 3]);
  await runtime.close();

  const again = await Runtime.open({ runtimeId, storage, create: false });
  const page = await again.transcriptProjection(workerRef, { start: found, limit: ENTRIES });
  expectSame(
    "contents",
    page.items.map(({ role, content }) => [role, content]),
    [...ASKED.map((content) => ["user", content]), ["assistant", ANSWERED]],
  );
  const { durability } = again.summary();
  const lastEvent = again.eventCursorNow().nextEventId - 1;
  await again.close();
  expectSame("last event", lastEvent, 2 + page.totalItems);
  return { found, total: page.totalItems, durability };
}

/**
 * The same with a memory storage that outlives the runtime: for hosts in which nothing else can be kept. Answers like
 * `keepBooks` called twice.
 */
export async function keepBooksInMemory(Runtime, storage) {
  const first = await keepBooks(Runtime, storage);
  const second = await keepBooks(Runtime, storage);
  return [first, second];
}
