/** Refusals put where they belong: at the field that `details.path` names, otherwise in the form's own line. */
import { element } from "./dom.mjs";

/** A sentence for a person; the field's path is left out where the message stands at the field. */
function sentence(error, path) {
  const message = String(error?.message ?? error);
  const rest = path && message.startsWith(`${path} `) ? message.slice(path.length + 1) : message;
  const text = rest.charAt(0).toUpperCase() + rest.slice(1);
  return /[.!?…]$/u.test(text) ? text : `${text}.`;
}

/** Takes away what `showError` put into `form`. */
export function clearErrors(form) {
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  for (const shown of form.querySelectorAll(".field-error")) shown.remove();
  const line = form.querySelector(".form-error");
  line.textContent = "";
  line.hidden = true;
}

/** Shows `error` in `form`, whose fields are named by their paths, and moves the focus to the field it is about. */
export function showError(form, error) {
  clearErrors(form);
  const path = error?.details?.path;
  const field = typeof path === "string" ? form.elements.namedItem(path) : null;
  if (field instanceof HTMLElement && field.offsetParent !== null) {
    const id = `${form.id}-error`;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", id);
    field.closest(".field").append(element("p", { class: "field-error", id }, sentence(error, path)));
    field.focus();
    return;
  }
  const line = form.querySelector(".form-error");
  line.textContent = sentence(error);
  line.hidden = false;
}
