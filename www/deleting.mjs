/** The dialog that deletes a kept runtime, after its id was typed. */
import { byId } from "./dom.mjs";
import { clearErrors, showError } from "./errors.mjs";
import { visible } from "./text.mjs";

/** Wires the dialog. `remove` deletes the runtime of an id, `removed` is told afterwards; the answer opens it for an id. */
export function wireDeletion({ remove, removed }) {
  const dialog = byId("delete");
  const form = byId("delete-form");
  const typed = form.elements.namedItem("confirmation");
  const submit = form.querySelector("[type=submit]");
  let runtimeId;

  const matches = () => [runtimeId, visible(runtimeId)].includes(typed.value);

  form.addEventListener("input", () => {
    clearErrors(form);
    submit.ariaDisabled = matches() ? null : "true";
  });
  form.querySelector("[data-does=close]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!matches()) {
      showError(form, {
        message: "type the id exactly as it stands above",
        details: { path: "confirmation" },
      });
      return;
    }
    try {
      await remove(runtimeId);
      dialog.close();
      removed();
    } catch (error) {
      showError(form, error);
    }
  });

  return (id) => {
    runtimeId = id;
    form.reset();
    clearErrors(form);
    submit.ariaDisabled = "true";
    byId("delete-id").textContent = visible(id);
    dialog.showModal();
    typed.focus();
  };
}
