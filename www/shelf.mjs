/** The dialog of all runtimes: which there are, who has them, how they are, and what can be done with them. */

import { wireDeletion } from "./deleting.mjs";
import { byId, element } from "./dom.mjs";
import { wireFounding } from "./founding.mjs";
import { showHealth, wirePersistence } from "./health.mjs";
import { wireImport } from "./importing.mjs";
import { download } from "./lines.mjs";
import { deleteKept, exportToFile, heldIds, inspectKept, keptIds } from "./runtimes.mjs";
import { counted, visible } from "./text.mjs";
import { troubleOf } from "./troubles.mjs";

const fileName = (runtimeId) => `${runtimeId.replace(/[^\w.-]+/g, "-").slice(0, 80)}.jsonl`;

export class Shelf {
  #keeper;
  #dialog = byId("runtimes");
  #openDeletion;
  #turn = 0;
  /** What the last export said, by the id of the runtime. */
  #said = new Map();

  /** @param {() => void} changed is called where the bar may say something else now */
  constructor({ keeper, changed }) {
    this.#keeper = keeper;
    this.#openDeletion = wireDeletion({
      remove: (runtimeId) => this.#remove(runtimeId),
      // The button that was pressed is gone with its row.
      removed: () => byId("runtimes-new").focus(),
    });
    const openFounding = wireFounding({
      create: (request) => keeper.create(request),
      taken: (named) => this.#isTaken(named),
      created: () => this.#dialog.close(),
    });
    const forgetImport = wireImport({
      dropped: () => this.#open(),
      imported: () => this.refresh(),
    });
    wirePersistence({ changed });
    byId("runtimes-new").addEventListener("click", openFounding);
    this.#dialog.querySelector("[data-does=close]").addEventListener("click", () => this.#dialog.close());
    for (const button of document.querySelectorAll("[data-does=runtimes]")) {
      button.addEventListener("click", () => {
        forgetImport();
        this.#said.clear();
        this.#open();
      });
    }
  }

  #open() {
    if (!this.#dialog.open) this.#dialog.showModal();
    this.refresh();
  }

  /** Reads anew which runtimes there are, where the dialog is open. */
  async refresh() {
    if (!this.#dialog.open) return;
    this.#turn += 1;
    const turn = this.#turn;
    const list = byId("runtimes-list");
    list.ariaBusy = "true";
    showHealth();
    const held = await heldIds();
    let rows;
    try {
      rows = await this.#rows(held);
    } catch (error) {
      rows = await this.#rows(held, []);
      rows.push(element("li", { class: "runtime-trouble" }, troubleOf(error).sentence));
    }
    if (turn !== this.#turn) return;
    const focused = document.activeElement?.dataset?.key;
    list.replaceChildren(...rows);
    list.ariaBusy = "false";
    if (focused) this.#dialog.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  async #rows(held, ids) {
    const kept = ids ?? (await keptIds());
    const inMemory = this.#keeper.opened.filter(({ kept: isKept }) => !isKept);
    const all = [...inMemory, ...kept.map((runtimeId) => ({ kept: true, runtimeId }))];
    return Promise.all(all.map((named) => this.#row(named, held)));
  }

  async #isTaken({ kept, runtimeId }) {
    return kept
      ? (await keptIds()).includes(runtimeId)
      : this.#keeper.runtimeOf({ kept, runtimeId }) !== undefined;
  }

  /** What is known of a runtime, or the error that keeps it from being known. */
  async #known(named) {
    const runtime = this.#keeper.runtimeOf(named);
    try {
      if (runtime)
        return { summary: { ...runtime.summary(), eventCount: runtime.eventCursorNow().nextEventId - 1 } };
      return { summary: await inspectKept(named.runtimeId) };
    } catch (error) {
      return { error };
    }
  }

  async #row(named, held) {
    const { summary, error: found } = await this.#known(named);
    const error = found ?? this.#keeper.troubleWith(named);
    const trouble = error && troubleOf(error);
    const here = this.#keeper.runtimeOf(named) !== undefined;
    const elsewhere = named.kept && !here && held.has(named.runtimeId);
    const shown = here && this.#keeper.isShown(named);
    const holder = elsewhere
      ? "Held by another tab: it opens here once that tab lets go"
      : here
        ? `Held by this tab${shown ? ", shown now" : ""}`
        : "Held by nobody";
    const name = visible(summary?.displayName ?? named.runtimeId);
    const said = this.#said.get(named.runtimeId);
    return element(
      "li",
      { class: "kept", "data-shown": shown ? "true" : undefined },
      element(
        "div",
        { class: "kept-name" },
        element("h3", { dir: "auto" }, name),
        summary?.displayName && element("p", { class: "id" }, visible(named.runtimeId)),
        element(
          "p",
          { class: "hint" },
          named.kept ? "In this browser" : "In memory, gone with this tab",
          " · ",
          holder,
        ),
        summary &&
          element(
            "p",
            { class: "hint" },
            `${counted(summary.workerCount, "Worker")}, ${counted(summary.eventCount, "event")}`,
          ),
        trouble &&
          element(
            "p",
            { class: "runtime-trouble" },
            element("b", {}, trouble.state),
            `. ${trouble.sentence}`,
          ),
        said && element("p", { class: "hint", role: "status" }, said),
      ),
      element("div", { class: "actions" }, ...this.#buttons(named, name, { here, shown, found, trouble })),
    );
  }

  *#buttons(named, name, { here, shown, found, trouble }) {
    const button = (does, label, act, classes = "secondary small") =>
      element(
        "button",
        {
          type: "button",
          class: classes,
          "data-key": `${does} ${named.kept} ${named.runtimeId}`,
          "aria-label": `${label} ${name}`,
          click: act,
        },
        label,
      );
    if (!shown) {
      yield button("open", trouble?.label ?? "Open", () => {
        this.#dialog.close();
        this.#keeper.use(named, here ? {} : (trouble?.options ?? {}));
      });
    }
    if (!found) yield button("export", "Export", () => this.#export(named));
    if (named.kept) {
      yield button("delete", "Delete", () => this.#openDeletion(named.runtimeId), "secondary small danger");
    } else if (!shown) {
      yield button("close", "Close", () => this.#keeper.close(named));
    }
  }

  async #export(named) {
    const { runtimeId } = named;
    try {
      const file = await exportToFile(runtimeId, this.#keeper.runtimeOf(named));
      download(file, fileName(runtimeId));
      this.#said.set(runtimeId, `Exported as ${fileName(runtimeId)}`);
    } catch (error) {
      this.#said.set(runtimeId, `The export failed: ${visible(error.message)}`);
    }
    return this.refresh();
  }

  async #remove(runtimeId) {
    await this.#keeper.close({ kept: true, runtimeId });
    await deleteKept(runtimeId);
    await this.refresh();
  }
}
