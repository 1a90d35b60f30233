/** How many events of which kind happened when: drawn, counted in words, and as a table. */
import { byId, element, setText } from "./dom.mjs";
import { groupOf, groups } from "./kinds.mjs";
import { readLog } from "./log.mjs";
import { dateAndTime, grouped, timeOfDay } from "./text.mjs";

/** How many of the latest events are drawn, in how many columns, and in how many rows of the table. */
const LATEST = 20_000;
const COLUMNS = 48;
const ROWS = 6;

/** Drawings closer together than this become one. */
const APART_MS = 500;

const SVG = "http://www.w3.org/2000/svg";

/** Counts by time: `count` spans of equal length, each with a count for every group. */
function binsOf(events, from, to, count) {
  const bins = Array.from({ length: count }, () => groups.map(() => 0));
  const width = Math.max(to - from, 1) / count;
  for (const { at, group } of events) {
    bins[Math.min(count - 1, Math.floor((at - from) / width))][group] += 1;
  }
  return { bins, width };
}

const sum = (counts) => counts.reduce((all, count) => all + count, 0);

function bar(x, y, height, group) {
  const rect = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ x: x + 0.1, y, width: 0.8, height }))
    rect.setAttribute(name, value);
  rect.dataset.group = groups[group].name;
  return rect;
}

/** The bars of all columns, stacked, as high as the drawing where most happened. */
function* barsOf(bins) {
  const most = Math.max(1, ...bins.map(sum));
  for (const [column, counts] of bins.entries()) {
    let top = 100;
    for (const [group, count] of counts.entries()) {
      if (count === 0) continue;
      // Also a single event among thousands can be seen.
      const height = Math.max(2, (count / most) * 100);
      top = Math.max(0, top - height);
      yield bar(column, top, height, group);
    }
  }
}

export class Timeline {
  #runtime;
  #signal;
  /** The latest events as `{ at, group }`, and the id of the last one. */
  #events = [];
  #last = 0;
  #timer;
  #details = byId("timeline");

  constructor() {
    this.#details.addEventListener("toggle", () => this.refresh());
    // Where the log has little room the drawing waits until it is asked for.
    this.#details.open = matchMedia("(width >= 72rem) or (width < 46rem)").matches;
  }

  /** Draws the log of `runtime` until `signal` aborts. */
  show(runtime, signal) {
    this.#runtime = runtime;
    this.#signal = signal;
    this.#events = [];
    this.#last = 0;
    this.#draw();
    this.refresh();
  }

  /** Draws what has happened since, in a moment. */
  refresh() {
    if (this.#timer !== undefined || !this.#details.open || !this.#runtime) return;
    this.#timer = setTimeout(async () => {
      await this.#catchUp();
      this.#timer = undefined;
    }, APART_MS);
  }

  async #catchUp() {
    const runtime = this.#runtime;
    const signal = this.#signal;
    try {
      for (;;) {
        if (signal.aborted) break;
        const last = runtime.eventCursorNow().nextEventId - 1;
        if (this.#last >= last) break;
        this.#last = Math.max(this.#last, last - LATEST);
        const read = await readLog(runtime, this.#last + 1, LATEST);
        if (signal.aborted) break;
        for (const { kind, recordedAt } of read) this.#events.push({ at: recordedAt, group: groupOf(kind) });
        this.#last = read.at(-1).id;
      }
    } catch {
      // Whoever watches the runtime says why it has ended; what was read is drawn.
    }
    if (signal.aborted) return this.#runtime === runtime ? undefined : this.#catchUp();
    if (this.#events.length > LATEST) this.#events = this.#events.slice(-LATEST);
    this.#draw();
  }

  #draw() {
    const events = this.#events;
    const svg = byId("timeline-plot");
    // The host's clock may go back, so that the first event need not be the earliest.
    const from = events.reduce((least, { at }) => Math.min(least, at), events[0]?.at ?? 0);
    const to = events.reduce((most, { at }) => Math.max(most, at), from);
    const totals = groups.map((_, place) => events.filter(({ group }) => group === place).length);
    const said = groups.map(({ label }, place) => `${label} ${grouped(totals[place])}`);
    const span = events.length === 0 ? "Nothing yet" : `${dateAndTime(from)} to ${timeOfDay(to)}`;
    svg.setAttribute("aria-label", `Events by time, ${span}. ${said.join(", ")}.`);
    svg.replaceChildren(...barsOf(binsOf(events, from, to, COLUMNS).bins));
    setText(
      byId("timeline-scope"),
      this.#last > events.length ? `of the latest ${grouped(events.length)}` : "",
    );
    setText(byId("timeline-from"), events.length === 0 ? "" : timeOfDay(from));
    setText(byId("timeline-to"), events.length === 0 ? "" : timeOfDay(to));
    for (const [place, { name }] of groups.entries())
      setText(byId(`timeline-${name}`), grouped(totals[place]));
    this.#tabulate(from, to);
  }

  #tabulate(from, to) {
    const { bins, width } = binsOf(this.#events, from, to, ROWS);
    const moment = (at) =>
      width < 1000
        ? `${timeOfDay(at).slice(3)}.${String(Math.floor(at) % 1000).padStart(3, "0")}`
        : timeOfDay(at);
    byId("timeline-rows").replaceChildren(
      ...(this.#events.length === 0 ? [] : bins).map((counts, row) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, moment(from + row * width)),
          ...counts.map((count) => element("td", {}, grouped(count))),
        ),
      ),
    );
  }
}
