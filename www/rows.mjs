/** A list of thousands of rows of one height, of which only those in sight are elements. */
import { element } from "./dom.mjs";

/** Rows kept ready above and below those in sight. */
const SPARE = 6;

/**
 * A listbox over `items`. The keyboard moves the choice; Enter or a click also opens it.
 *
 * The height of a row is the scroller's custom property `--row`, in rem.
 */
export class Rows {
  #scroller;
  #inner = element("div", { class: "rows-inner", role: "presentation" });
  #keyOf;
  #make;
  #update;
  #chosen;
  #items = [];
  #key;
  /** The elements in sight, by the key of their item. */
  #shown = new Map();

  /**
   * @param {HTMLElement} scroller the listbox
   * @param {(item: object) => string} keyOf
   * @param {() => HTMLElement} make a row without content
   * @param {(row: HTMLElement, item: object) => void} update gives a row its content
   * @param {(item: object, opened: boolean) => void} chosen
   */
  constructor({ scroller, keyOf, make, update, chosen }) {
    this.#scroller = scroller;
    this.#keyOf = keyOf;
    this.#make = make;
    this.#update = update;
    this.#chosen = chosen;
    scroller.append(this.#inner);
    scroller.addEventListener("scroll", () => this.#draw(), { passive: true });
    scroller.addEventListener("keydown", (event) => this.#pressed(event));
    scroller.addEventListener("click", (event) => this.#clicked(event));
    new ResizeObserver(() => this.#draw()).observe(scroller);
  }

  /** Shows `items` with the one whose key is `key` as the chosen one. */
  show(items, key) {
    this.#items = items;
    this.#key = key;
    this.#draw();
  }

  /** Brings the chosen row into sight. */
  reveal() {
    const index = this.#index();
    if (index < 0) return;
    const row = this.#rowHeight();
    const { scrollTop, clientHeight } = this.#scroller;
    if (index * row < scrollTop) this.#scroller.scrollTop = index * row;
    else if ((index + 1) * row > scrollTop + clientHeight)
      this.#scroller.scrollTop = (index + 1) * row - clientHeight;
    this.#draw();
  }

  #rowHeight() {
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    return Number.parseFloat(getComputedStyle(this.#scroller).getPropertyValue("--row")) * rem;
  }

  #index() {
    return this.#items.findIndex((item) => this.#keyOf(item) === this.#key);
  }

  #draw() {
    const row = this.#rowHeight();
    const { scrollTop, clientHeight } = this.#scroller;
    this.#inner.style.blockSize = `${this.#items.length * row}px`;
    const from = Math.max(0, Math.floor(scrollTop / row) - SPARE);
    const to = Math.min(this.#items.length, Math.ceil((scrollTop + clientHeight) / row) + SPARE);
    const wanted = new Set();
    for (let index = from; index < to; index += 1) wanted.add(index);
    const chosen = this.#index();
    // What `aria-activedescendant` names has to exist, in sight or not.
    if (chosen >= 0) wanted.add(chosen);

    const gone = this.#shown;
    this.#shown = new Map();
    for (const index of wanted) {
      const item = this.#items[index];
      const key = this.#keyOf(item);
      const shown = gone.get(key) ?? this.#insert(key);
      gone.delete(key);
      this.#shown.set(key, shown);
      shown.style.insetBlockStart = `${index * row}px`;
      shown.ariaPosInSet = String(index + 1);
      shown.ariaSetSize = String(this.#items.length);
      shown.ariaSelected = String(index === chosen);
      this.#update(shown, item);
    }
    for (const shown of gone.values()) shown.remove();
    if (chosen >= 0) this.#scroller.setAttribute("aria-activedescendant", this.#shown.get(this.#key).id);
    else this.#scroller.removeAttribute("aria-activedescendant");
  }

  #insert(key) {
    const made = this.#make();
    made.id = `row-${key}`;
    made.dataset.key = key;
    made.setAttribute("role", "option");
    this.#inner.append(made);
    return made;
  }

  #choose(index, opened) {
    const item = this.#items[Math.min(Math.max(index, 0), this.#items.length - 1)];
    if (item === undefined) return;
    this.#key = this.#keyOf(item);
    this.reveal();
    this.#chosen(item, opened);
  }

  #pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const index = this.#index();
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / this.#rowHeight()) - 1);
    const moves = {
      ArrowDown: index + 1,
      ArrowUp: index < 0 ? 0 : index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: this.#items.length - 1,
    };
    if (event.key in moves) this.#choose(moves[event.key], false);
    else if (event.key === "Enter" || event.key === " ") this.#choose(Math.max(index, 0), true);
    else return;
    event.preventDefault();
  }

  #clicked(event) {
    const key = event.target.closest("[role=option]")?.dataset.key;
    const index = this.#items.findIndex((item) => this.#keyOf(item) === key);
    if (index >= 0) this.#choose(index, true);
  }
}
