import { RequestReader } from "./arguments/requests.js";
import type { Handle } from "./core/handle.js";
import { Outbox } from "./core/outbox.js";
import { EventPage } from "./core/pages.js";
import { Command, CREATE } from "./pipeline/command.js";

/**
 * What has the next runtime run on code that is compiled already. A JavaScript engine that collects the last object of a class forgets
 * what its objects look like, and throws away every function that it had compiled for them: whoever closes one runtime and makes
 * another would begin anew each time. So the runtime that was closed last stays, emptied: `twin` leads to its own objects,
 * the others are one of each kind that lives for a call, or as long as its Worker.
 */
export function shapes(twin: object | null, { ids, instance }: Handle): ReadonlyArray<object | null> {
  const out = new Outbox(new Float64Array(3), 0, "");
  const { vocabulary } = instance;
  // Where no words were needed there was no page.
  const page = vocabulary === null ? null : new EventPage(out, ids, vocabulary);
  return [twin, new Command(CREATE), new RequestReader(), out, page];
}
