/** The dialog that stops or cancels a Worker, with a reason. */
import { byId } from "./dom.mjs";
import { clearErrors, showError } from "./errors.mjs";

const ways = {
  stop: {
    heading: "Stop this Worker?",
    text: "Its work is done or no longer needed. Stopping is final; the transcript stays readable.",
    button: "Stop Worker",
  },
  cancel: {
    heading: "Cancel this Worker?",
    text: "Its work is given up. Cancelling is final; the transcript stays readable.",
    button: "Cancel Worker",
  },
};

/** Wires the dialog; `target` answers `{ runtime, workerRef }`, `ended` gets the acknowledgement. */
export function wireEnding({ target, ended }) {
  const dialog = byId("end");
  const form = byId("end-form");
  let way;
  let subject;

  const open = (name) => {
    way = name;
    subject = target();
    byId("end-heading").textContent = ways[name].heading;
    byId("end-text").textContent = ways[name].text;
    form.querySelector("[type=submit]").textContent = ways[name].button;
    form.reset();
    clearErrors(form);
    dialog.showModal();
    form.elements.namedItem("reason").focus();
  };

  const submit = async () => {
    const { runtime, workerRef } = subject;
    const reason = form.elements.namedItem("reason").value || undefined;
    try {
      const ack = await (way === "stop"
        ? runtime.stopWorker(workerRef, reason)
        : runtime.cancelWorker(workerRef, reason));
      dialog.close();
      ended(ack);
    } catch (error) {
      showError(form, error);
    }
  };

  byId("stop-worker").addEventListener("click", () => open("stop"));
  byId("cancel-worker").addEventListener("click", () => open("cancel"));
  form.querySelector("[data-does=close]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
}
