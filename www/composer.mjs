/** Adds to the transcript of the chosen Worker: what is said to it, and what it or its tools answered. */
import { byId, checkedValue } from "./dom.mjs";
import { clearErrors, showError } from "./errors.mjs";

const isInput = (role) => role === "user" || role === "system";

const placeholders = {
  user: "What is said to the Worker",
  system: "What frames the conversation",
  assistant: "What the model answered",
  tool: "What a tool returned",
};

const hints = {
  user: "An input. Ctrl+Enter sends it.",
  system: "An input. Ctrl+Enter sends it.",
  assistant: "An output. Ctrl+Enter records it.",
  tool: "An output. Ctrl+Enter records it.",
};

/** Wires the composer; `target` answers `{ runtime, workerRef }`, `recorded` gets each acknowledgement. */
export function wireComposer({ target, recorded }) {
  const form = byId("composer");
  const content = form.elements.namedItem("content");
  const send = byId("composer-send");
  let waiting = false;

  const shape = () => {
    const role = checkedValue(form, "role");
    content.placeholder = placeholders[role];
    byId("composer-hint").textContent = waiting ? "Waiting until it is durable…" : hints[role];
    send.textContent = isInput(role) ? "Send input" : "Record output";
    form.dataset.role = role;
    form.toggleAttribute("aria-busy", waiting);
  };

  const submit = async () => {
    if (waiting) return;
    const role = checkedValue(form, "role");
    const { runtime, workerRef } = target();
    const message = { kind: role, content: content.value };
    clearErrors(form);
    waiting = true;
    shape();
    try {
      const ack = await (isInput(role)
        ? runtime.sendInput(workerRef, message)
        : runtime.recordOutput(workerRef, message));
      if (content.value === message.content) content.value = "";
      recorded(ack);
    } catch (error) {
      showError(form, error);
    } finally {
      waiting = false;
      shape();
    }
  };

  form.addEventListener("change", shape);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  content.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  shape();
}
