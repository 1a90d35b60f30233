/** Puts the page together: one runtime at a time, shown by four panels that know nothing of one another. */
import { announce } from "./announce.mjs";
import { ConversationPanel } from "./conversation.mjs";
import { wireCreation } from "./create.mjs";
import { byId, checkedValue } from "./dom.mjs";
import { EventsPanel } from "./events.mjs";
import { showPanel } from "./panels.mjs";
import { openInBrowser, openInMemory } from "./runtimes.mjs";
import { loadRecordedRuns } from "./samples.mjs";
import { showNotice, showSummary } from "./summary.mjs";
import { counted } from "./text.mjs";
import { watch } from "./watch.mjs";
import { WorkersPanel } from "./workers.mjs";

/** The runtime that is shown, and what ends the showing. */
let shown;
/** The runtimes that are open, by where they are kept: switching to the other one loses nothing. */
const open = new Map();
/** Gives up waiting for a runtime that another tab has. */
let waiting;

const workers = new WorkersPanel({
  chosen: (worker, opened) => {
    conversation.show(shown.runtime, worker.workerRef);
    if (opened) showPanel("conversation");
  },
});
const conversation = new ConversationPanel({ changed: refresh });
const events = new EventsPanel({ chosen: choose });
const openCreation = wireCreation({
  runtime: () => shown.runtime,
  created: (detail) => {
    choose(detail.workerRef);
    byId("composer-content").focus();
    announce(`${detail.workerId} created`);
  },
});

function refresh() {
  showSummary(shown.runtime);
  workers.refresh();
  conversation.refresh();
  events.refresh();
}

/** Shows the conversation of a Worker, and the Worker in the list. */
function choose(workerRef) {
  refresh();
  workers.choose(workerRef.workerId);
  conversation.show(shown.runtime, workerRef);
  showPanel("conversation");
}

function show(runtime) {
  shown?.ends.abort();
  const ends = new AbortController();
  shown = { runtime, ends };
  for (const id of ["new-worker", "load-samples"]) byId(id).disabled = false;
  workers.show(runtime);
  conversation.show(runtime);
  events.show(runtime, ends.signal);
  showSummary(runtime);
  watch(runtime, { signal: ends.signal, changed: refresh, failed: ended });
}

/** The runtime takes no more calls: say why, and offer what can be done. */
function ended(error) {
  open.clear();
  const again = { label: "Take it back", act: () => openKept("browser", { takeover: true }) };
  showNotice(
    error.code === "storage_conflict" ? "Another tab has taken this runtime over." : error.message,
    error.code === "storage_conflict" ? [again] : [],
  );
}

/** Opens, or shows again, the runtime that is kept in `place`. */
async function openKept(place, { takeover } = {}) {
  waiting?.abort();
  const patience = new AbortController();
  waiting = patience;
  const slow = setTimeout(() => {
    showNotice("Another tab has this runtime open. It is opened here once that tab lets go.", [
      { label: "Take it over", act: () => openKept(place, { takeover: true }) },
    ]);
  }, 1500);
  try {
    if (!open.has(place)) {
      const opened =
        place === "memory" ? openInMemory() : openInBrowser({ signal: patience.signal, takeover });
      open.set(place, await opened);
    }
    if (waiting !== patience) return;
    showNotice();
    show(open.get(place));
  } catch (error) {
    if (waiting === patience) refused(place, error);
  } finally {
    clearTimeout(slow);
  }
}

/** A runtime that cannot be opened leaves the one that is shown in place. */
function refused(place, error) {
  const actions = [{ label: "Try again", act: () => openKept(place) }];
  showNotice(`The runtime could not be opened: ${error.message}`, actions);
  if (place !== "browser" || !open.has("memory")) return;
  byId("backend").querySelector("[value=memory]").checked = true;
}

async function loadSamples() {
  const buttons = document.querySelectorAll("#load-samples, [data-does=load-samples]");
  if (byId("load-samples").ariaDisabled) return;
  // Not `disabled`: that would take the focus away from whoever pressed the button.
  for (const button of buttons) button.ariaDisabled = "true";
  const { runtime } = shown;
  let runs = 0;
  let messages = 0;
  try {
    for await (const run of loadRecordedRuns(runtime)) {
      runs += 1;
      messages += run.messages;
      if (runs === 1 && shown.runtime === runtime && conversation.workerRef === undefined)
        choose(run.workerRef);
    }
    announce(`${counted(runs, "recorded run")} with ${counted(messages, "message")} loaded`);
    showNotice();
  } catch (error) {
    showNotice(`The recorded runs could not be loaded: ${error.message}`);
  } finally {
    for (const button of buttons) button.ariaDisabled = null;
  }
}

byId("new-worker").addEventListener("click", openCreation);
byId("load-samples").addEventListener("click", loadSamples);
document.querySelector("[data-does=new-worker]").addEventListener("click", openCreation);
for (const button of document.querySelectorAll("[data-does=load-samples]")) {
  button.addEventListener("click", loadSamples);
}
byId("backend").addEventListener("change", () => openKept(checkedValue(byId("backend"), "backend")));

await openKept("memory");
