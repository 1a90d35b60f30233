import type { RuntimeEvent, RuntimeEventBatch } from "./api/observation.js";
import type { EntryPage, EventPage } from "./core/pages.js";
import type { Engine } from "./engine.js";

/*
 * The core ends a page early where its texts become long: what crosses at once is bounded, whatever callers store and
 * ask for. Callers get what they asked for, joined here.
 */

/** `limit` entries from `start` on, as far as there are any. */
export function entryPage(
  engine: Engine,
  worker: number,
  start: number,
  limit: number,
  bounded: boolean,
): EntryPage | Promise<EntryPage> {
  let joined: EntryPage | undefined;
  return engine.page((handle) => {
    for (;;) {
      const from = joined?.nextStart ?? start;
      const page = handle.transcriptPage(worker, from, limit - (joined?.items.length ?? 0), bounded);
      if (page === undefined) {
        return undefined;
      }
      joined = joined === undefined ? page : { ...page, items: joined.items.concat(page.items) };
      if (joined.items.length >= limit || joined.nextStart === undefined) {
        return joined;
      }
    }
  });
}

/** `limit` events from `nextEventId` on, as far as there are any. */
export function eventBatch(
  engine: Engine,
  nextEventId: number,
  limit: number,
  bounded: boolean,
): RuntimeEventBatch | Promise<RuntimeEventBatch> {
  const { runtimeId } = engine;
  const batch = (page: EventPage, events: RuntimeEvent[]): RuntimeEventBatch => ({
    runtimeId,
    cursor: { runtimeId, nextEventId: page.nextEventId },
    events,
    hasMore: page.hasMore,
  });
  const foreseen = engine.foreseen(nextEventId, limit);
  if (foreseen) {
    return batch(foreseen, foreseen.events());
  }
  let events: RuntimeEvent[] = [];
  let next = nextEventId;
  return engine.page((handle) => {
    for (;;) {
      const page = handle.eventPage(next, limit - events.length, bounded);
      if (page === undefined) {
        return undefined;
      }
      events = events.length === 0 ? page.events() : events.concat(page.events());
      next = page.nextEventId;
      if (events.length >= limit || !page.hasMore) {
        return batch(page, events);
      }
    }
  });
}
