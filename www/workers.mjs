/** The Workers of the runtime, filtered, one of them chosen. */
import { byId, element, setText } from "./dom.mjs";
import { intentKind, intentPurpose, intentTitle, profileText, statusText } from "./intents.mjs";
import { Rows } from "./rows.mjs";
import { counted, grouped, shorten, visible } from "./text.mjs";

const TITLE_LENGTH = 160;

const made = () =>
  element(
    "div",
    { class: "worker" },
    element("span", { class: "worker-title", dir: "auto" }),
    element("span", { class: "status" }),
    element("span", { class: "worker-id id" }),
    element("span", { class: "worker-length" }),
  );

function update(row, worker) {
  const [title, status, id, length] = row.children;
  setText(title, visible(shorten(intentTitle(worker.intent), TITLE_LENGTH)));
  setText(status, statusText[worker.status]);
  status.dataset.status = worker.status;
  setText(id, worker.workerId);
  setText(length, counted(worker.transcriptLen, "message"));
}

/** Whether `worker` passes the filter; texts are compared without regard to case. */
function passes(worker, { status, intent, text }) {
  if (status && worker.status !== status) return false;
  if (intent && worker.intent.kind !== intent) return false;
  if (!text) return true;
  const said = [intentTitle(worker.intent), intentPurpose(worker.intent), profileText(worker.profile)];
  return [...said, intentKind(worker.intent), worker.workerId].some((part) =>
    part?.toLowerCase().includes(text),
  );
}

export class WorkersPanel {
  #runtime;
  #all = [];
  #chosen;
  #rows;
  #form = byId("filters");

  /** @param {(worker: object, opened: boolean) => void} chosen gets the summary; `opened`: by a click or by Enter */
  constructor({ chosen }) {
    this.#rows = new Rows({
      scroller: byId("workers-list"),
      keyOf: (worker) => worker.workerId,
      make: made,
      update,
      chosen: (worker, opened) => {
        this.#chosen = worker.workerId;
        chosen(worker, opened);
      },
    });
    this.#form.addEventListener("input", () => this.#show());
    this.#form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Shows the Workers of another runtime, none of them chosen. */
  show(runtime) {
    this.#runtime = runtime;
    this.#chosen = undefined;
    this.refresh();
  }

  /** Reads the list anew. */
  refresh() {
    this.#all = this.#runtime.listWorkers();
    this.#show();
  }

  /** Marks a Worker as chosen, in the filtered list and in sight. */
  choose(workerId) {
    this.#chosen = workerId;
    if (!this.#filtered().some((worker) => worker.workerId === workerId)) this.#form.reset();
    this.#show();
    this.#rows.reveal();
  }

  #filtered() {
    const { text, status, intent } = this.#form.elements;
    const filter = { text: text.value.trim().toLowerCase(), status: status.value, intent: intent.value };
    return this.#all.filter((worker) => passes(worker, filter));
  }

  #show() {
    const filtered = this.#filtered();
    const all = this.#all.length;
    byId("workers-list").hidden = filtered.length === 0;
    byId("workers-empty").hidden = filtered.length > 0;
    byId("workers-empty").classList.toggle("none-yet", all === 0);
    setText(
      byId("workers-empty").firstElementChild,
      all === 0 ? "No Worker yet." : "No Worker passes the filter.",
    );
    setText(
      byId("workers-shown"),
      filtered.length === all ? grouped(all) : `${grouped(filtered.length)} of ${grouped(all)}`,
    );
    this.#rows.show(filtered, this.#chosen);
  }
}
