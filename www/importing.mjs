/** An exported runtime brought back, by a dialog or dropped anywhere on the list, with what its verification says. */
import { byId, setText } from "./dom.mjs";
import { sizeText } from "./health.mjs";
import { importFromFile, inspectKept } from "./runtimes.mjs";
import { counted, visible } from "./text.mjs";

/** Wires the field and the drop zone within `dialog`; `imported` gets the id of each runtime that came in. */
export function wireImport({ dialog, imported }) {
  const field = byId("import-file");
  const zone = byId("import");
  let busy = false;

  const say = (state, text) => {
    zone.dataset.state = state;
    setText(byId("import-result"), text);
  };

  const take = async (file) => {
    if (busy || file === undefined) return;
    busy = true;
    let read = 0;
    const progress = setInterval(
      () => say("busy", `Verifying ${file.name}: ${sizeText(read)} of ${sizeText(file.size)}…`),
      500,
    );
    try {
      const runtimeId = await importFromFile(file, (bytes) => {
        read += bytes;
      });
      const { workerCount, eventCount } = await inspectKept(runtimeId);
      await imported(runtimeId);
      say(
        "done",
        `Verified and imported: “${visible(runtimeId)}” with ${counted(workerCount, "Worker")} and ${counted(eventCount, "event")}. Its counts and its checksum agree with the file's.`,
      );
    } catch (error) {
      say(
        "refused",
        `${visible(file.name)} was refused, and nothing of it was kept: ${visible(error.message)}.`,
      );
    } finally {
      clearInterval(progress);
      busy = false;
      field.value = "";
    }
  };

  field.addEventListener("change", () => take(field.files[0]));
  const carriesFile = (event) => event.dataTransfer.types.includes("Files");
  dialog.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    zone.dataset.state = "over";
  });
  dialog.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null || !dialog.contains(event.relatedTarget)) zone.dataset.state = "";
  });
  dialog.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    zone.dataset.state = "";
    take(event.dataTransfer.files[0]);
  });

  /** Takes away what was said of the last file. */
  return () => say("", "");
}
