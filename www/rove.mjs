/** Moves the focus among the items of a long list, whose buttons are in the tab order only where the focus is. */

/**
 * Page Down and Page Up go from item to item within `scroller`; Tab then reaches what is in that item, and from the last
 * of it what comes after the list. Items match `selector` and can be focused by script.
 */
export function rove(scroller, selector) {
  const controls = (item) => item?.querySelectorAll("button") ?? [];
  let current;

  const enter = (item) => {
    if (item === current) return;
    for (const control of controls(current)) control.tabIndex = -1;
    current = item;
    for (const control of controls(current)) control.tabIndex = 0;
  };

  scroller.addEventListener("focusin", (event) => enter(event.target.closest(selector)));
  scroller.addEventListener("keydown", (event) => {
    if (event.key !== "PageDown" && event.key !== "PageUp") return;
    const items = [...scroller.querySelectorAll(selector)];
    const at = items.indexOf(document.activeElement.closest(selector));
    const { top, bottom } = scroller.getBoundingClientRect();
    const inSight = (item) =>
      item.getBoundingClientRect().bottom > top && item.getBoundingClientRect().top < bottom;
    const next = at < 0 ? items.find(inSight) : items[at + (event.key === "PageDown" ? 1 : -1)];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  });
}
