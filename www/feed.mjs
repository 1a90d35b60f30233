/** A scrolled window over a long list, read in pages from both ends. */

/** How many items are read at once, and how many are kept as elements. */
const PAGE = 100;
const MOST = 300;
/** From how far, in CSS pixels, the next page is read ahead, and what still counts as being at the end. */
const AHEAD = 800;
const NEAR = 32;

/**
 * Shows the items `first` to `next` (exclusive) of a list that only grows at its end. Pages are read as the reader comes
 * near either end of what is shown; what is far away is dropped again, so that neither memory nor layout grows with the
 * list. At the end it follows what is added.
 */
export class Feed {
  #scroller;
  #list;
  #read;
  #render;
  #moved;
  #failed;
  #first = 0;
  #next = 0;
  #total = 0;
  #seen = 0;
  #following = true;
  #growing = false;
  /** Counts the lists and jumps, so that a page which arrives after one is dropped. */
  #turn = 0;
  /** The turn in which pages are being read; one read is under way at a time. */
  #filling = -1;

  /**
   * @param {HTMLElement} scroller what scrolls
   * @param {HTMLElement} list what gets the items
   * @param {(start: number, limit: number) => Promise<unknown[]>} read items from index `start` on
   * @param {(item: unknown) => HTMLElement} render
   * @param {(place: { first: number, next: number, total: number, unseen: number, following: boolean }) => void} moved
   * @param {(error: Error) => void} failed a page could not be read; the next movement tries again
   */
  constructor({ scroller, list, read, render, moved, failed }) {
    this.#scroller = scroller;
    this.#list = list;
    this.#read = read;
    this.#render = render;
    this.#moved = moved;
    this.#failed = failed;
    // What scrolls has to be within reach of the keyboard.
    scroller.tabIndex = 0;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(scroller);
  }

  /** Shows another list, at its end. */
  open(total) {
    this.#clear(0);
    this.#total = total;
    this.#seen = total;
    this.#following = true;
    return this.#fill();
  }

  /** The list has become longer. However often this is called, it costs one look at the layout a frame. */
  grow(total) {
    if (total <= this.#total) return;
    this.#total = total;
    if (this.#growing) return;
    this.#growing = true;
    requestAnimationFrame(() => {
      this.#growing = false;
      this.#following &&= this.#atBottom();
      this.#fill();
    });
  }

  /** Jumps to the end and follows again. */
  toEnd() {
    this.#following = true;
    this.#toBottom();
    return this.#fill();
  }

  /** Jumps to the beginning. */
  toStart() {
    this.#following = false;
    if (this.#first > 0) this.#clear(0);
    this.#scroller.scrollTop = 0;
    return this.#fill();
  }

  /** Jumps to the item at `index` and answers its element; `undefined` where another jump came in between. */
  async toIndex(index) {
    this.#following = false;
    if (index < this.#first || index >= this.#next) this.#clear(index);
    const turn = this.#turn;
    await this.#fill();
    const found = this.#turn === turn ? this.#list.children[index - this.#first] : undefined;
    found?.scrollIntoView({ block: "center" });
    return found;
  }

  #clear(start) {
    this.#turn += 1;
    this.#first = start;
    this.#next = start;
    this.#list.replaceChildren();
  }

  /** The page to read next, or `undefined` where everything near is there. */
  #missing() {
    const end = Math.min(this.#total, this.#next + PAGE);
    if (this.#next < this.#total && this.#following) {
      return this.#total - this.#next > PAGE
        ? { start: this.#total - PAGE, end: this.#total, anew: true }
        : { start: this.#next, end };
    }
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    if (clientHeight === 0) return undefined;
    if (this.#first > 0 && scrollTop < AHEAD) {
      return { start: Math.max(0, this.#first - PAGE), end: this.#first, before: true };
    }
    if (this.#next < this.#total && scrollHeight - scrollTop - clientHeight < AHEAD) {
      return { start: this.#next, end };
    }
    return undefined;
  }

  async #fill() {
    const turn = this.#turn;
    if (this.#filling === turn) return;
    this.#filling = turn;
    this.#scroller.setAttribute("aria-busy", "true");
    try {
      for (let page = this.#missing(); page; page = this.#missing()) {
        const items = await this.#read(page.start, page.end - page.start);
        if (this.#turn !== turn) return;
        if (items.length === 0) break;
        this.#place(items, page);
      }
      this.#tell();
    } catch (error) {
      if (this.#turn === turn) this.#failed(error);
    } finally {
      if (this.#turn === turn) {
        this.#filling = -1;
        this.#scroller.removeAttribute("aria-busy");
      }
    }
  }

  #place(items, { start, before, anew }) {
    const scroller = this.#scroller;
    const elements = items.map(this.#render);
    if (anew) {
      this.#list.replaceChildren(...elements);
      this.#first = start;
      this.#next = start + items.length;
    } else if (before) {
      const below = scroller.scrollHeight - scroller.scrollTop;
      this.#list.prepend(...elements);
      this.#first = start;
      scroller.scrollTop = scroller.scrollHeight - below;
      this.#next -= this.#drop(this.#next - this.#first - MOST, () => this.#list.lastElementChild);
    } else {
      this.#list.append(...elements);
      this.#next = start + items.length;
      const { scrollHeight } = scroller;
      this.#first += this.#drop(this.#next - this.#first - MOST, () => this.#list.firstElementChild);
      scroller.scrollTop -= scrollHeight - scroller.scrollHeight;
    }
    if (this.#following) this.#toBottom();
  }

  /** Drops `count` elements and says how many; the focus is not lost with them. */
  #drop(count, element) {
    for (let left = count; left > 0; left -= 1) {
      const dropped = element();
      if (dropped.contains(document.activeElement)) this.#scroller.focus({ preventScroll: true });
      dropped.remove();
    }
    return Math.max(0, count);
  }

  #atBottom() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return clientHeight === 0 || scrollHeight - scrollTop - clientHeight <= NEAR;
  }

  #toBottom() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #scrolled() {
    if (this.#scroller.clientHeight === 0) return;
    this.#following = this.#atBottom() && (this.#following || this.#next === this.#total);
    this.#tell();
    this.#fill();
  }

  #resized() {
    if (this.#following) this.#toBottom();
    this.#fill();
  }

  #tell() {
    if (this.#following) this.#seen = this.#total;
    this.#moved({
      first: this.#first,
      next: this.#next,
      total: this.#total,
      unseen: this.#total - this.#seen,
      following: this.#following,
    });
  }
}
