/** Which runtime is shown: chosen in the bar, remembered, waited for, taken over and taken back. */
import { byId, checkedValue } from "./dom.mjs";
import { openInBrowser, openInMemory, rememberedPlace, rememberPlace } from "./runtimes.mjs";
import { showNotice } from "./summary.mjs";

/** An opening that takes longer than this most likely waits for another tab. */
const SLOW_MS = 1500;

export class Keeper {
  /** The runtimes that are open, by the place where they are kept: choosing the other one loses nothing. */
  #open = new Map();
  #opening;
  #shown;
  #show;
  #form = byId("backend");

  /** @param {(runtime: object) => void} show gets the runtime to be shown, whenever it is another one */
  constructor({ show }) {
    this.#show = show;
    this.#form.addEventListener("change", () => this.use(checkedValue(this.#form, "backend")));
  }

  /** Begins where the page was left the last time. */
  begin() {
    return this.use(rememberedPlace());
  }

  /** Shows the runtime kept in `place`, "memory" or "browser"; opens it if it isn't open. */
  async use(place, { takeover = false } = {}) {
    this.#opening?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    this.#form.querySelector(`[value=${place}]`).checked = true;
    rememberPlace(place);
    const slow = setTimeout(() => this.#sayWaiting(place), SLOW_MS);
    try {
      if (!this.#open.has(place)) {
        const opened =
          place === "memory" ? openInMemory() : openInBrowser({ signal: opening.signal, takeover });
        this.#open.set(place, await opened);
      }
      if (this.#opening !== opening) return;
      showNotice();
      this.#shown = place;
      this.#show(this.#open.get(place));
    } catch (error) {
      if (this.#opening === opening) await this.#refused(place, error);
    } finally {
      clearTimeout(slow);
    }
  }

  /** The runtime that is shown takes no more calls: says why, and offers what can be done. */
  ended(error) {
    const place = this.#shown;
    this.#open.get(place)?.close();
    this.#open.delete(place);
    if (error.code === "storage_conflict") {
      showNotice("Another tab has taken this runtime over. Everything that was acknowledged is safe there.", [
        { label: "Take it back", act: () => this.use(place, { takeover: true }) },
      ]);
    } else {
      showNotice(`This runtime has ended: ${error.message}`, [
        { label: "Open it again", act: () => this.use(place) },
      ]);
    }
  }

  #sayWaiting(place) {
    showNotice("Another tab seems to have this runtime open. It opens here as soon as that tab lets go.", [
      { label: "Take it over", act: () => this.use(place, { takeover: true }) },
      { label: "Use one in memory", act: () => this.use("memory") },
    ]);
  }

  /** What cannot be opened leaves what is shown in its place, or a runtime in memory where nothing is shown yet. */
  async #refused(place, error) {
    if (place !== "memory") await this.use(this.#shown ?? "memory");
    showNotice(`The runtime could not be opened: ${error.message}`, [
      { label: "Try again", act: () => this.use(place) },
    ]);
  }
}
