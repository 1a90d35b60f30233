import type { EventCursor, TranscriptQuery } from "../api/observation.js";
import { integerValue, objectValue, ownField } from "./read.js";
import { textValue } from "./text.js";

export function readQuery(value: unknown): TranscriptQuery {
  const query = objectValue(value, "query");
  const start = integerValue(ownField(query, "start", "start"), "start");
  const limit = integerValue(ownField(query, "limit", "limit"), "limit");
  return { start, limit };
}

export function readCursor(value: unknown): EventCursor {
  const cursor = objectValue(value, "cursor");
  const runtimeId = textValue(ownField(cursor, "runtimeId", "runtimeId"), "runtimeId");
  const nextEventId = integerValue(ownField(cursor, "nextEventId", "nextEventId"), "nextEventId");
  return { runtimeId, nextEventId };
}

export function readLimit(value: unknown): number {
  return integerValue(value, "limit");
}
