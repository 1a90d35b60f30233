/** Elements made and found in one line each. Whatever is put in becomes text, never markup. */

/**
 * An element. Attributes that are `undefined`, `null` or `false` are left out, `true` gives an empty one, functions are
 * listeners by the event's name; children are elements or text.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

/** The element that the page has under `id`. */
export const byId = (id) => document.getElementById(id);

/** A copy of the only element in the template `id`. */
export const fromTemplate = (id) => byId(id).content.firstElementChild.cloneNode(true);

/** Sets text only where it differs, so that nothing is laid out or announced anew for no reason. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The value of the checked radio button `name` within `form`. */
export const checkedValue = (form, name) => form.querySelector(`input[name="${name}"]:checked`)?.value;
