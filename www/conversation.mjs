/** The chosen Worker: who it is, what was said, and how to add to it or to end it. */
import { announce } from "./announce.mjs";
import { wireComposer } from "./composer.mjs";
import { byId, element, setText } from "./dom.mjs";
import { wireEnding } from "./ending.mjs";
import { Feed } from "./feed.mjs";
import { intentKind, intentPurpose, intentTitle, profileText, statusText } from "./intents.mjs";
import { entryOf } from "./locate.mjs";
import { messageElement } from "./message.mjs";
import { PendingMessages } from "./pending.mjs";
import { rove } from "./rove.mjs";
import { counted, grouped, shorten, visible } from "./text.mjs";

const HEADING_LENGTH = 300;

/** Name and value of everything that a Worker was created with. */
function* partsOf(detail) {
  yield ["Worker", detail.workerId];
  yield ["Runtime", detail.runtimeId];
  yield ["Intent", intentTitle(detail.intent)];
  if (intentPurpose(detail.intent)) yield ["Purpose", intentPurpose(detail.intent)];
  yield ["Profile", profileText(detail.profile)];
  if (detail.configBundle) yield ["Configuration bundle", detail.configBundle.id];
  for (const { name, reason } of detail.requestedCapabilities) {
    yield ["Capability", reason ? `${name}: ${reason}` : name];
  }
  for (const { name, reference } of detail.workspaceRefs) yield ["Workspace", `${name}: ${reference}`];
  for (const { name, reference } of detail.mountRefs) yield ["Mount", `${name}: ${reference}`];
}

export class ConversationPanel {
  #runtime;
  #detail;
  #length = 0;
  #feed;
  #pending;

  /** @param {() => void} changed is called after everything that the panel has changed in the runtime */
  constructor({ changed }) {
    this.#feed = new Feed({
      scroller: byId("messages"),
      list: byId("messages-list"),
      read: (start, limit) => this.#read(start, limit),
      render: messageElement,
      moved: (place) => this.#showPlace(place),
      failed: (error) => setText(byId("messages-place"), `Could not be read: ${error.message}`),
    });
    rove(byId("messages"), ".message");
    byId("messages-start").addEventListener("click", () => this.#feed.toStart());
    byId("messages-end").addEventListener("click", () => this.#feed.toEnd());
    const target = () => ({ runtime: this.#runtime, workerRef: this.#detail.workerRef });
    this.#pending = new PendingMessages({
      recorded: (ack) => {
        changed();
        if (ack.workerRef.workerId === this.#detail?.workerId) this.#feed.toEnd();
      },
      shown: () => this.#feed.toEnd(),
    });
    wireComposer({ send: (message) => this.#pending.send(target(), message) });
    wireEnding({
      target,
      ended: (ack) => {
        changed();
        announce(`${ack.workerRef.workerId} ${ack.status}`);
        byId("conversation").focus();
      },
    });
  }

  /** The ref of the Worker that is shown. */
  get workerRef() {
    return this.#detail?.workerRef;
  }

  /** Shows a Worker's conversation at its end; without a ref, that none is chosen. */
  show(runtime, workerRef) {
    this.#runtime = runtime;
    this.#detail = workerRef && runtime.workerDetail(workerRef);
    const any = this.#detail !== undefined;
    byId("conversation-empty").hidden = any;
    byId("transcript").hidden = !any;
    byId("worker-details").hidden = !any;
    byId("worker-details").open = false;
    this.#length = this.#detail?.transcriptLen ?? 0;
    this.#describe();
    this.#pending.show(runtime, workerRef);
    return this.#feed.open(this.#length);
  }

  /** Shows a Worker's conversation where the event `eventId` has added to it, with the focus on that entry. */
  async showEntry(runtime, workerRef, eventId) {
    if (this.#runtime !== runtime || this.workerRef?.workerId !== workerRef.workerId)
      this.show(runtime, workerRef);
    const index = await entryOf(runtime, workerRef, eventId);
    if (index === undefined || this.#runtime !== runtime || this.workerRef?.workerId !== workerRef.workerId)
      return;
    const message = await this.#feed.toIndex(index);
    message?.focus({ preventScroll: true });
  }

  /** Shows what has changed in the Worker since. */
  refresh() {
    if (!this.#detail) return;
    const { status } = this.#detail;
    this.#detail = this.#runtime.workerDetail(this.#detail.workerRef);
    if (this.#detail.status !== status) this.#describe();
    const added = this.#detail.transcriptLen - this.#length;
    if (added === 0) return;
    this.#length = this.#detail.transcriptLen;
    this.#feed.grow(this.#length);
    announce(counted(added, "new message"));
  }

  async #read(start, limit) {
    const most = this.#runtime.summary().limits.maxTranscriptProjectionItems;
    const page = await this.#runtime.transcriptProjection(this.#detail.workerRef, {
      start,
      limit: Math.min(limit, most),
    });
    return page.items;
  }

  #describe() {
    const detail = this.#detail;
    const status = detail?.status;
    const over = byId("conversation-over");
    over.replaceChildren(
      ...(detail
        ? [
            element("span", { class: "status", "data-status": status }, statusText[status]),
            element("span", {}, intentKind(detail.intent)),
            element("span", { class: "id" }, detail.workerId),
          ]
        : ["Conversation"]),
    );
    setText(
      byId("conversation-heading"),
      detail ? visible(shorten(intentTitle(detail.intent), HEADING_LENGTH)) : "No Worker chosen",
    );
    byId("worker-details")
      .querySelector("dl")
      .replaceChildren(
        ...[...(detail ? partsOf(detail) : [])].map(([name, value]) =>
          element("div", {}, element("dt", {}, name), element("dd", { dir: "auto" }, visible(value))),
        ),
      );
    byId("conversation-actions").hidden = status !== "running";
    byId("composer").hidden = status !== "running";
    byId("conversation-ended").hidden = status === undefined || status === "running";
    setText(
      byId("conversation-ended"),
      `This Worker is ${status}: it takes no more inputs and outputs, and everything stays readable.`,
    );
  }

  #showPlace({ first, next, total, unseen }) {
    setText(
      byId("messages-place"),
      total === 0
        ? "Nothing was said yet"
        : `${grouped(first + 1)}–${grouped(next)} of ${counted(total, "message")}`,
    );
    byId("messages-start").disabled = total === 0;
    byId("messages-end").disabled = total === 0;
    setText(byId("messages-end"), unseen > 0 ? `${grouped(unseen)} new ↓` : "Latest");
  }
}
