/** Finds the transcript entry that an event belongs to. */

/**
 * The index of the entry of `workerRef` that event `eventId` recorded; `undefined` where there is none. Entries stand in
 * the order of their events, so that even a long transcript is searched with few reads.
 */
export async function entryOf(runtime, workerRef, eventId) {
  let low = 0;
  let high = runtime.workerDetail(workerRef).transcriptLen;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const page = await runtime.transcriptProjection(workerRef, { start: middle, limit: 1 });
    const [entry] = page.items;
    if (entry.eventId === eventId) return middle;
    if (entry.eventId < eventId) low = middle + 1;
    else high = middle;
  }
  return undefined;
}
