/** An exported runtime brought back, by a dialog or dropped anywhere on the page, with what its verification says. */
import { byId, setText } from "./dom.mjs";
import { sizeText } from "./health.mjs";
import { importFromFile, inspectKept } from "./runtimes.mjs";
import { counted, visible } from "./text.mjs";

/** Wires the field and the page; `dropped` is called for each file dropped, `imported` once a runtime came in. */
export function wireImport({ dropped, imported }) {
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
      await imported();
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
  document.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    zone.dataset.state = "over";
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) zone.dataset.state = "";
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    zone.dataset.state = "";
    dropped();
    take(event.dataTransfer.files[0]);
  });

  /** Takes away what was said of the last file. */
  return () => say("", "");
}
