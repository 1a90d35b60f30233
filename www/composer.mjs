/** Adds to the transcript of the chosen Worker: what is said to it, and what it or its tools answered. */
import { byId, checkedValue } from "./dom.mjs";
import { clearErrors, showError } from "./errors.mjs";

const placeholders = {
  user: "What is said to the Worker",
  system: "What frames the conversation",
  assistant: "What the model answered",
  tool: "What a tool returned",
};

const labels = {
  user: "Send input",
  system: "Send input",
  assistant: "Record output",
  tool: "Record output",
};

const hints = {
  user: "An input. Ctrl+Enter sends it.",
  system: "An input. Ctrl+Enter sends it.",
  assistant: "An output. Ctrl+Enter records it.",
  tool: "An output. Ctrl+Enter records it.",
};

/** Wires the composer; `send` gets each message and rejects where the message is to be mended here. */
export function wireComposer({ send }) {
  const form = byId("composer");
  const content = form.elements.namedItem("content");

  const shape = () => {
    const role = checkedValue(form, "role");
    content.placeholder = placeholders[role];
    byId("composer-hint").textContent = hints[role];
    byId("composer-send").textContent = labels[role];
    form.dataset.role = role;
  };

  const submit = async () => {
    const message = { kind: checkedValue(form, "role"), content: content.value };
    clearErrors(form);
    content.value = "";
    try {
      await send(message);
    } catch (error) {
      if (content.value === "") content.value = message.content;
      showError(form, error);
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
