/** Messages on their way: shown below the transcript until the storage has confirmed them, and kept where it refused. */
import { announce } from "./announce.mjs";
import { byId, element, setText } from "./dom.mjs";
import { head, visible } from "./text.mjs";
import { troubleOf } from "./troubles.mjs";

/** How much of a content is shown, in UTF-16 code units. */
const SHOWN = 1_000;

const roles = { user: "User", system: "System", assistant: "Assistant", tool: "Tool" };

const isInput = (role) => role === "user" || role === "system";

/** Offers a message to the runtime. The same `operationId` makes a repetition harmless, whatever became of the first. */
const offer = ({ runtime, workerRef, message, operationId }) =>
  isInput(message.kind)
    ? runtime.sendInput(workerRef, message, { operationId })
    : runtime.recordOutput(workerRef, message, { operationId });

export class PendingMessages {
  #list = byId("messages-pending");
  #recorded;
  #shown;

  /**
   * @param {(ack: object) => void} recorded gets the acknowledgement of each message
   * @param {() => void} shown is called when a row was added or has changed
   */
  constructor({ recorded, shown }) {
    this.#recorded = recorded;
    this.#shown = shown;
  }

  /** Shows only what waits for the Worker `workerRef` of `runtime`. */
  show(runtime, workerRef) {
    for (const row of this.#list.children) {
      row.hidden = row.runtime !== runtime || row.workerId !== workerRef?.workerId;
    }
  }

  /**
   * Offers a message, shown at once. Rejects where the request itself is wrong, so that its author can mend it; what the
   * storage refuses stays as a row that can be tried again.
   */
  send({ runtime, workerRef }, message) {
    const offered = { runtime, workerRef, message, operationId: crypto.randomUUID() };
    const row = this.#row(offered);
    this.#list.append(row);
    this.#shown();
    return this.#offer(offered, row);
  }

  async #offer(offered, row) {
    try {
      const ack = await offer(offered);
      this.#remove(row);
      this.#recorded(ack);
    } catch (error) {
      if (error.code === "invalid_request") {
        this.#remove(row);
        throw error;
      }
      this.#refuse(offered, row, error);
    }
  }

  #remove(row) {
    if (row.contains(document.activeElement)) byId("messages").focus({ preventScroll: true });
    row.remove();
  }

  #row({ runtime, workerRef, message }) {
    const row = element(
      "div",
      { class: "message pending", role: "group", "data-role": message.kind, "data-state": "waiting" },
      element(
        "header",
        {},
        element("h3", {}, roles[message.kind]),
        element("span", { class: "state" }, "Waiting"),
      ),
      element(
        "div",
        { class: "content" },
        element("p", { dir: "auto" }, visible(head(message.content, SHOWN))),
        element("p", { class: "hint reason" }, "Not durable yet: waiting for the storage to confirm it."),
        element("div", { class: "actions" }),
      ),
    );
    row.ariaLabel = `${roles[message.kind]}, message on its way`;
    row.runtime = runtime;
    row.workerId = workerRef.workerId;
    return row;
  }

  #mark(row, state, word, reason, ...buttons) {
    row.dataset.state = state;
    setText(row.querySelector(".state"), word);
    setText(row.querySelector(".reason"), reason);
    row.querySelector(".actions").replaceChildren(...buttons);
    this.#shown();
  }

  #refuse(offered, row, error) {
    const unknown = error.details?.outcome === "unknown";
    const word = unknown ? "Not known" : "Refused";
    const button = (label, act) =>
      element("button", { type: "button", class: "secondary small", click: act }, label);
    const again = button("Try again", () => {
      this.#mark(row, "waiting", "Waiting", "Offered again: waiting for the storage to confirm it.");
      byId("messages").focus({ preventScroll: true });
      this.#offer(offered, row).catch((refusal) => this.#refuse(offered, row, refusal));
    });
    const discard = button("Discard", () => this.#remove(row));
    const said = unknown ? "Whether it was kept is not known; trying again is harmless." : "It was not kept.";
    this.#mark(row, "refused", word, `${said} ${troubleOf(error).sentence}`, again, discard);
    announce(`The message was not confirmed: ${word.toLowerCase()}`);
  }
}
