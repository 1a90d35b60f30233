/** The dialog that creates a runtime, in memory or kept in this browser. */
import { byId, checkedValue } from "./dom.mjs";
import { clearErrors, showError } from "./errors.mjs";

/** Wires the dialog. `create` gets `{ kept, runtimeId, displayName }`, `taken` says whether a kept id is in use. */
export function wireFounding({ create, taken, created }) {
  const dialog = byId("found");
  const form = byId("found-form");
  const value = (name) => form.elements.namedItem(name).value || undefined;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const kept = checkedValue(form, "kept") === "true";
    const runtimeId = value("runtimeId");
    try {
      if (runtimeId !== undefined && (await taken({ kept, runtimeId }))) {
        throw Object.assign(new Error("is taken: choose another, or open that runtime"), {
          details: { path: "runtimeId" },
        });
      }
      await create({ kept, runtimeId, displayName: value("displayName") });
      dialog.close();
      created();
    } catch (error) {
      showError(form, error);
    }
  });
  form.querySelector("[data-does=close]").addEventListener("click", () => dialog.close());

  return () => {
    form.reset();
    clearErrors(form);
    dialog.showModal();
    form.querySelector("[name=kept]:checked").focus();
  };
}
