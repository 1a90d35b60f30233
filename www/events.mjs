/** The runtime's event log, live, with pause and resume: what happens in a pause is read afterwards, none of it lost. */
import { byId, element, setText } from "./dom.mjs";
import { Feed } from "./feed.mjs";
import { addsEntry, kindNames } from "./kinds.mjs";
import { FilteredLog, readLog } from "./log.mjs";
import { rove } from "./rove.mjs";
import { counted, dateAndTime, grouped, shorten, timeOfDay, visible } from "./text.mjs";
import { Timeline } from "./timeline.mjs";

/** How many events before the present one the subscription begins with, and how many of its events are kept. */
const BACK = 100;
const KEPT = 256;
const REASON_LENGTH = 400;

/** Where the message is the caller's own and not the same for every event of its kind. */
const hasReason = ({ kind, message }) =>
  (kind === "worker_stopped" && message !== "worker stopped") ||
  (kind === "worker_cancelled" && message !== "worker cancelled");

export class EventsPanel {
  #runtime;
  #chosen;
  #feed;
  /** The last events that the subscription gave. */
  #recent = [];
  /** The id of the last one. */
  #taken = 0;
  /** Pending while the log is paused. */
  #resumed;
  #resume;
  /** The events that pass the filter; `undefined` where all do. */
  #filtered;
  #chosenWorker;
  #filter = byId("log-filter");
  #timeline = new Timeline();

  /** @param {(workerRef: object, event: object) => void} chosen gets the event that was pressed, and its Worker */
  constructor({ chosen }) {
    this.#chosen = chosen;
    this.#feed = new Feed({
      scroller: byId("log"),
      list: byId("log-list"),
      read: (start, limit) => this.#read(start, limit),
      render: (event) => this.#element(event),
      moved: (place) => this.#showPlace(place),
      failed: (error) => setText(byId("log-place"), `Could not be read: ${error.message}`),
    });
    rove(byId("log"), ".event");
    for (const [kind, name] of Object.entries(kindNames)) {
      this.#filter.elements.namedItem("kind").append(element("option", { value: kind }, name));
    }
    this.#filter.addEventListener("input", () => this.#refilter());
    this.#filter.addEventListener("submit", (event) => event.preventDefault());
    byId("events-pause").addEventListener("click", () => (this.#resumed ? this.#goOn() : this.#pause()));
    byId("log-start").addEventListener("click", () => this.#feed.toStart());
    byId("log-end").addEventListener("click", () => this.#feed.toEnd());
  }

  /** Follows the log of `runtime` until `signal` aborts. */
  async show(runtime, signal) {
    this.#runtime = runtime;
    this.#recent = [];
    this.#goOn();
    const cursor = runtime.eventCursorNow();
    const from = { ...cursor, nextEventId: Math.max(1, cursor.nextEventId - BACK) };
    this.#taken = from.nextEventId - 1;
    this.#chosenWorker = undefined;
    this.#refilter();
    this.#timeline.show(runtime, signal);
    byId("events-pause").disabled = false;
    try {
      for await (const event of runtime.subscribeEvents(from, { signal })) {
        // The subscription reads the log at its reader's pace, so that waiting here costs nothing and loses nothing.
        await this.#resumed;
        if (signal.aborted) return;
        this.#take(event);
      }
    } catch {
      // Whoever watches the runtime says why it has ended.
      if (!signal.aborted) this.#setState("Ended");
    }
  }

  /** Takes note of which Worker is the chosen one. */
  follow(workerRef) {
    if (workerRef?.workerId === this.#chosenWorker) return;
    this.#chosenWorker = workerRef?.workerId;
    if (this.#filter.elements.namedItem("worker").value === "chosen") this.#refilter();
  }

  /** Shows how many events wait behind the pause. */
  refresh() {
    this.#timeline.refresh();
    if (!this.#resumed) return;
    const waiting = this.#runtime.eventCursorNow().nextEventId - 1 - this.#taken;
    this.#setState(waiting > 0 ? `Paused, ${grouped(waiting)} waiting` : "Paused");
  }

  #take(event) {
    this.#taken = event.id;
    this.#recent.push(event);
    if (this.#recent.length > 2 * KEPT) this.#recent.splice(0, this.#recent.length - KEPT);
    if (this.#filtered === undefined) this.#feed.grow(event.id);
    else if (this.#filtered.take(event)) this.#feed.grow(this.#filtered.length);
  }

  /** Shows the log anew, through the filter as it is now. */
  async #refilter() {
    const kind = this.#filter.elements.namedItem("kind").value;
    const chosenOnly = this.#filter.elements.namedItem("worker").value === "chosen";
    const workerId = chosenOnly ? (this.#chosenWorker ?? "") : undefined;
    if (kind === "" && !chosenOnly) {
      this.#filtered = undefined;
      return this.#feed.open(this.#taken);
    }
    const filtered = new FilteredLog(
      this.#runtime,
      (event) =>
        (kind === "" || event.kind === kind) &&
        (workerId === undefined || event.workerRef?.workerId === workerId),
    );
    this.#filtered = filtered;
    this.#feed.open(0);
    try {
      for await (const scanned of filtered.scan(() => this.#taken)) {
        if (this.#filtered !== filtered) return;
        setText(byId("log-place"), `Searching, ${grouped(scanned)} of ${grouped(this.#taken)}…`);
      }
      this.#feed.open(filtered.length);
    } catch (error) {
      if (this.#filtered === filtered) setText(byId("log-place"), `Could not be read: ${error.message}`);
    }
  }

  /** What the subscription gave lately is at hand; older events are read from the log. */
  async #read(start, limit) {
    if (this.#filtered) return this.#filtered.read(start, limit);
    const first = this.#recent[0]?.id ?? Infinity;
    if (start + 1 >= first) return this.#recent.slice(start + 1 - first, start + 1 - first + limit);
    return readLog(this.#runtime, start + 1, limit);
  }

  #element(event) {
    const { id, kind, message, recordedAt, workerRef } = event;
    return element(
      "li",
      { class: "event", "data-kind": kind, "data-id": id, tabindex: -1 },
      element("span", { class: "sequence" }, String(id)),
      element("span", { class: "kind" }, kindNames[kind] ?? kind),
      element(
        "time",
        { datetime: new Date(recordedAt).toISOString(), title: dateAndTime(recordedAt) },
        timeOfDay(recordedAt),
      ),
      workerRef &&
        element(
          "button",
          {
            type: "button",
            class: "link id",
            tabindex: -1,
            title: addsEntry(kind) ? "Show the entry" : "Show the Worker",
            click: () => this.#chosen(workerRef, event),
          },
          workerRef.workerId,
        ),
      hasReason(event) ? element("q", { dir: "auto" }, visible(shorten(message, REASON_LENGTH))) : undefined,
    );
  }

  #pause() {
    this.#resumed = new Promise((resume) => {
      this.#resume = resume;
    });
    byId("events-pause").textContent = "Resume";
    this.refresh();
  }

  #goOn() {
    this.#resume?.();
    this.#resumed = undefined;
    byId("events-pause").textContent = "Pause";
    this.#setState("Live");
  }

  #setState(text) {
    setText(byId("events-state"), text);
    byId("events-state").dataset.state = text.split(",")[0].toLowerCase();
  }

  #showPlace({ first, next, total, unseen }) {
    setText(
      byId("log-place"),
      total === 0
        ? this.#filtered
          ? "No event passes the filter"
          : "Nothing happened yet"
        : `${grouped(first + 1)}–${grouped(next)} of ${counted(total, "event")}`,
    );
    setText(byId("log-end"), unseen > 0 ? `${grouped(unseen)} new ↓` : "Latest");
  }
}
