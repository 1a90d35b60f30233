/** Puts the page together: one runtime at a time, shown by four panels that know nothing of one another. */
import { announce } from "./announce.mjs";
import { ConversationPanel } from "./conversation.mjs";
import { wireCreation } from "./create.mjs";
import { byId } from "./dom.mjs";
import { EventsPanel } from "./events.mjs";
import { wireGrowing } from "./growing.mjs";
import { isPersisted } from "./health.mjs";
import { Keeper } from "./keeper.mjs";
import { addsEntry } from "./kinds.mjs";
import { keepForOffline } from "./offline.mjs";
import { showPanel } from "./panels.mjs";
import { loadRecordedRuns } from "./samples.mjs";
import { Shelf } from "./shelf.mjs";
import { showNotice, showSummary } from "./summary.mjs";
import { counted } from "./text.mjs";
import { watch } from "./watch.mjs";
import { WorkersPanel } from "./workers.mjs";

/** The runtime that is shown, and what ends the showing. */
let shown;

/** Whether the browser keeps what is stored. */
let persisted;

const workers = new WorkersPanel({
  chosen: (worker, opened) => {
    conversation.show(shown.runtime, worker.workerRef);
    events.follow(worker.workerRef);
    if (opened) showPanel("conversation");
  },
});
const conversation = new ConversationPanel({ changed: refresh });
const events = new EventsPanel({
  chosen: (workerRef, { id, kind }) => {
    if (!addsEntry(kind)) return choose(workerRef);
    refresh();
    workers.choose(workerRef.workerId);
    showPanel("conversation");
    events.follow(workerRef);
    return conversation.showEntry(shown.runtime, workerRef, id);
  },
});
const keeper = new Keeper({ show, changed: () => shelf.refresh() });
const shelf = new Shelf({ keeper, changed: askPersistence });
const openCreation = wireCreation({
  runtime: () => shown.runtime,
  created: (detail) => {
    choose(detail.workerRef);
    byId("composer-content").focus();
    announce(`${detail.workerId} created`);
  },
});

function refresh() {
  showSummary(shown.runtime, persisted);
  workers.refresh();
  conversation.refresh();
  events.refresh();
}

async function askPersistence() {
  persisted = await isPersisted();
  if (shown && !shown.over) showSummary(shown.runtime, persisted);
}

/** Shows the conversation of a Worker, and the Worker in the list. */
function choose(workerRef) {
  refresh();
  workers.choose(workerRef.workerId);
  conversation.show(shown.runtime, workerRef);
  events.follow(workerRef);
  showPanel("conversation");
}

/** Shows a runtime in place of the one before. */
function show(runtime) {
  shown?.ends.abort();
  const ends = new AbortController();
  shown = { runtime, ends };
  enable(true);
  workers.show(runtime);
  conversation.show(runtime);
  events.show(runtime, ends.signal);
  showSummary(runtime, persisted);
  askPersistence();
  watch(runtime, { signal: ends.signal, changed: refresh, failed: ended });
}

/** What is shown stays there to be read, but there is no runtime behind it any more. */
function ended(error) {
  shown.over = true;
  enable(false);
  keeper.ended(error);
}

function enable(enabled) {
  const needing = "#new-worker, #load-samples, [data-does=load-samples], [data-does=make-big]";
  for (const button of document.querySelectorAll(needing)) button.disabled = !enabled;
  for (const id of ["workers", "conversation", "events"]) byId(id).inert = !enabled;
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

wireGrowing({
  runtime: () => shown.runtime,
  made: (runtime, workerRef) => {
    if (shown.runtime === runtime && !shown.over) choose(workerRef);
  },
});

enable(false);
await keeper.begin();
keepForOffline();
