/** The runtime's event log, live, with pause and resume: what happens in a pause is read afterwards, none of it lost. */
import { byId, element, setText } from "./dom.mjs";
import { Feed } from "./feed.mjs";
import { rove } from "./rove.mjs";
import { counted, dateAndTime, grouped, shorten, timeOfDay, visible } from "./text.mjs";

/** How many events before the present one the subscription begins with, and how many of its events are kept. */
const BACK = 100;
const KEPT = 256;
const REASON_LENGTH = 400;

const kinds = {
  runtime_started: "Runtime started",
  runtime_stopped: "Runtime stopped",
  worker_created: "Worker created",
  worker_input_accepted: "Input accepted",
  worker_output_recorded: "Output recorded",
  worker_stopped: "Worker stopped",
  worker_cancelled: "Worker cancelled",
};

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
    this.#feed.open(this.#taken);
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

  /** Shows how many events wait behind the pause. */
  refresh() {
    if (!this.#resumed) return;
    const waiting = this.#runtime.eventCursorNow().nextEventId - 1 - this.#taken;
    this.#setState(waiting > 0 ? `Paused, ${grouped(waiting)} waiting` : "Paused");
  }

  #take(event) {
    this.#taken = event.id;
    this.#recent.push(event);
    if (this.#recent.length > 2 * KEPT) this.#recent.splice(0, this.#recent.length - KEPT);
    this.#feed.grow(event.id);
  }

  /** What the subscription gave lately is at hand; older events are read from the log. */
  async #read(start, limit) {
    const first = this.#recent[0]?.id ?? Infinity;
    if (start + 1 >= first) return this.#recent.slice(start + 1 - first, start + 1 - first + limit);
    const most = this.#runtime.summary().limits.maxEventBatchItems;
    const cursor = { runtimeId: this.#runtime.runtimeId, nextEventId: start + 1 };
    return (await this.#runtime.readEvents(cursor, Math.min(limit, most))).events;
  }

  #element(event) {
    const { id, kind, message, recordedAt, workerRef } = event;
    return element(
      "li",
      { class: "event", "data-kind": kind, "data-id": id, tabindex: -1 },
      element("span", { class: "sequence" }, String(id)),
      element("span", { class: "kind" }, kinds[kind] ?? kind),
      element(
        "time",
        { datetime: new Date(recordedAt).toISOString(), title: dateAndTime(recordedAt) },
        timeOfDay(recordedAt),
      ),
      workerRef &&
        element(
          "button",
          { type: "button", class: "link id", tabindex: -1, click: () => this.#chosen(workerRef, event) },
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
        ? "Nothing happened yet"
        : `${grouped(first + 1)}–${grouped(next)} of ${counted(total, "event")}`,
    );
    setText(byId("log-end"), unseen > 0 ? `${grouped(unseen)} new ↓` : "Latest");
  }
}
