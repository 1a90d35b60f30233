/** What can be seen of a runtime, in words. */

const optional = (value) => value ?? "-";

export function answerLine(method, answer) {
  switch (method) {
    case "createWorker":
      return `created ${answer.workerId} ${answer.lastEventId}`;
    case "sendInput":
    case "recordOutput":
      return `accepted ${answer.workerRef.workerId} ${answer.transcriptSequence} ${answer.eventId}`;
    case "stopRuntime":
      return `stopped ${answer}`;
    default:
      return `ended ${answer.workerRef.workerId} ${answer.status} ${answer.eventId}`;
  }
}

/** The code of a refusal, and the outcome where it tells one. */
export function refusalLine(error) {
  return `${error.code ?? error.stack} ${optional(error.details?.outcome)}`;
}

export function entryLine({ sequence, role, eventId, recordedAt, content }) {
  return `${sequence} ${role} ${eventId} ${recordedAt} ${content}`;
}

export function eventLine({ id, kind, workerRef, recordedAt, message }) {
  return `${id} ${kind} ${optional(workerRef?.workerId)} ${recordedAt} ${message}`;
}

const lines = (words) => words.join("\n");

export function entryPage(number, { totalItems, nextStart, items }) {
  return lines([`page ${number} ${totalItems} ${optional(nextStart)}`, lines(items.map(entryLine))]);
}

export function eventPage(number, { cursor, hasMore, events }) {
  return lines([`events ${number} ${cursor.nextEventId} ${hasMore}`, lines(events.map(eventLine))]);
}

/** What is known of a runtime that has just opened. */
export function residents(runtime) {
  const now = runtime.eventCursorNow().nextEventId;
  const workers = runtime
    .listWorkers()
    .map(
      ({ workerId, status, transcriptLen, lastEventId }) =>
        `${workerId} ${status} ${transcriptLen} ${lastEventId}`,
    );
  return lines([`${runtime.status()} ${now} ${runtime.diagnostics().length}`, ...workers]);
}

const MOST_ITEMS = 200;

async function transcript(runtime, workerRef, most) {
  const items = [];
  for (let start = 0; start !== undefined && most > 0; ) {
    const page = await runtime.transcriptProjection(workerRef, { start, limit: Math.min(most, MOST_ITEMS) });
    items.push(...page.items);
    start = page.nextStart;
  }
  return items;
}

/** All there is, as a visitor reads it; where a limit is 0, there is no page of it. */
export async function everything(runtime) {
  const { displayName, limits } = runtime.summary();
  const { maxTranscriptProjectionItems, maxEventBatchItems } = limits;
  const words = [
    optional(displayName),
    `${maxTranscriptProjectionItems} ${maxEventBatchItems}`,
    residents(runtime),
  ];
  for (const { workerRef } of runtime.listWorkers()) {
    const { workerId, intent, configBundle, requestedCapabilities } = runtime.workerDetail(workerRef);
    const text = optional(intent.purpose ?? intent.objective);
    words.push(
      `${workerId} ${intent.kind} ${optional(configBundle?.id)} ${requestedCapabilities.length} ${intent.role ?? text}`,
    );
    const items = await transcript(runtime, workerRef, maxTranscriptProjectionItems);
    words.push(...items.map(entryLine));
  }
  for (let cursor = runtime.eventCursorFromStart(), more = maxEventBatchItems > 0; more; ) {
    const batch = await runtime.readEvents(cursor, Math.min(maxEventBatchItems, MOST_ITEMS));
    words.push(...batch.events.map(eventLine));
    cursor = batch.cursor;
    more = batch.hasMore;
  }
  return lines(words);
}
