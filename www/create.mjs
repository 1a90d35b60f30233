/** The dialog that creates a Worker, with every field of a request. Fields are named by their path in the request. */
import { byId, checkedValue, fromTemplate } from "./dom.mjs";
import { clearErrors, showError } from "./errors.mjs";

const seconds = { reason: "Reason", reference: "Reference" };

/** Adds a row to the list that `group` is for. */
function addItem(group) {
  const item = fromTemplate("list-item");
  const [name, second] = item.querySelectorAll("input");
  item.querySelectorAll("span")[1].textContent = seconds[group.dataset.second];
  item.querySelector(".remove").addEventListener("click", () => {
    item.remove();
    rename(group);
    group.querySelector(".add").focus();
  });
  second.dataset.field = group.dataset.second;
  name.dataset.field = "name";
  group.querySelector(".list").append(item);
  rename(group);
  name.focus();
}

/** Names the fields of a list by the place that they have in it now. */
function rename(group) {
  const noun = group.querySelector("legend").textContent.toLowerCase();
  for (const [index, item] of group.querySelectorAll(".item").entries()) {
    for (const field of item.querySelectorAll("input")) {
      field.name = `${group.dataset.list}[${index}].${field.dataset.field}`;
    }
    item.querySelector(".remove").ariaLabel = `Remove ${index + 1} of ${noun}`;
  }
}

/** What the form asks for. What may be left out is left out where its field is empty. */
function requestOf(form) {
  const value = (name) => form.elements.namedItem(name).value;
  const given = (name, key = name.split(".").at(-1)) => (value(name) === "" ? {} : { [key]: value(name) });

  const kind = checkedValue(form, "kind");
  const intent = { kind };
  if (kind === "task") intent.objective = value("intent.objective");
  else Object.assign(intent, given("intent.purpose"));
  if (kind === "role") intent.role = value("intent.role");

  const profile = { kind: value("profile.kind") };
  if (profile.kind !== "runtime_default") profile.value = value("profile.value");

  const request = { intent, profile };
  if (value("configBundle.id") !== "") request.configBundle = { id: value("configBundle.id") };
  for (const group of form.querySelectorAll("[data-list]")) {
    const { list, second } = group.dataset;
    const items = [...group.querySelectorAll(".item")].map((_, index) => ({
      name: value(`${list}[${index}].name`),
      ...(second === "reason"
        ? given(`${list}[${index}].reason`)
        : { reference: value(`${list}[${index}].reference`) }),
    }));
    if (items.length > 0) request[list] = items;
  }
  return request;
}

/** Wires the dialog; `runtime` answers the runtime to create in, `created` gets the new Worker's detail. */
export function wireCreation({ runtime, created }) {
  const dialog = byId("create");
  const form = byId("create-form");

  const shape = () => {
    const kind = checkedValue(form, "kind");
    const profile = form.elements.namedItem("profile.kind").value;
    for (const field of form.querySelectorAll("[data-kinds]"))
      field.hidden = !field.dataset.kinds.includes(kind);
    for (const field of form.querySelectorAll("[data-profiles]")) {
      field.hidden = !field.dataset.profiles.includes(profile);
    }
  };

  const submit = async () => {
    try {
      const detail = await runtime().createWorker(requestOf(form));
      dialog.close();
      created(detail);
    } catch (error) {
      showError(form, error);
    }
  };

  for (const group of form.querySelectorAll("[data-list]")) {
    group.querySelector(".add").addEventListener("click", () => addItem(group));
  }
  form.addEventListener("change", shape);
  form.querySelector("[data-does=close]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });

  return () => {
    form.reset();
    for (const list of form.querySelectorAll(".list")) list.replaceChildren();
    clearErrors(form);
    shape();
    dialog.showModal();
    form.querySelector("[name=kind]:checked").focus();
  };
}
