/** One polite live region for the whole page. */
import { byId } from "./dom.mjs";

/** What comes faster than this replaces what has not been said yet. */
const PAUSE_MS = 1000;

let waiting;
let quietUntil = 0;
let timer;

function say() {
  timer = undefined;
  quietUntil = performance.now() + PAUSE_MS;
  byId("announcer").textContent = waiting;
}

/** Has assistive technology say `text` when it gets round to it. */
export function announce(text) {
  waiting = text;
  if (timer === undefined) timer = setTimeout(say, Math.max(0, quietUntil - performance.now()));
}
