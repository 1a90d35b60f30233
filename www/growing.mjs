/** The strip that shows how far the making of a big runtime has come, and cancels it. */
import { announce } from "./announce.mjs";
import { ENTRIES, makeBig } from "./big.mjs";
import { byId, setText } from "./dom.mjs";
import { counted, grouped, visible } from "./text.mjs";

/** Wires the buttons. `runtime` answers the one to fill, `made` gets the ref of the Worker with the most entries. */
export function wireGrowing({ runtime, made }) {
  const strip = byId("growing");
  const button = byId("growing-end");
  const starters = document.querySelectorAll("[data-does=make-big]");
  let running;

  const show = ({ workers, entries }, since) => {
    const seconds = Math.max((performance.now() - since) / 1000, 0.001);
    byId("growing-progress").value = entries / ENTRIES;
    setText(
      byId("growing-text"),
      `${counted(workers.length, "Worker")}, ${grouped(entries)} of ${grouped(ENTRIES)} entries · ${grouped(Math.round(entries / seconds))} per second`,
    );
  };

  const start = async () => {
    if (running) return;
    running = new AbortController();
    const { signal } = running;
    for (const starter of starters) starter.ariaDisabled = "true";
    strip.hidden = false;
    button.textContent = "Cancel";
    setText(byId("growing-text"), "Creating the Workers…");
    byId("growing-progress").value = 0;
    const filled = runtime();
    const since = performance.now();
    let far = { workers: [], entries: 0 };
    let result;
    try {
      for await (far of makeBig(filled, signal)) {
        show(far, since);
        // A frame between two batches keeps the page in hand.
        await new Promise((resolve) => setTimeout(resolve));
      }
      const took = ((performance.now() - since) / 1000).toFixed(1);
      result = `${signal.aborted ? "Cancelled" : "Done"} after ${took} s: ${counted(far.workers.length, "Worker")} and ${counted(far.entries, "entry", "entries")} were acknowledged, ${grouped(Math.round((far.entries * 1000) / (performance.now() - since)))} per second`;
    } catch (error) {
      result = `Ended after ${counted(far.entries, "entry", "entries")}: ${visible(error.message)}`;
    }
    running = undefined;
    for (const starter of starters) starter.ariaDisabled = null;
    setText(byId("growing-text"), result);
    button.textContent = "Dismiss";
    announce(result);
    if (far.workers.length > 0) made(filled, far.workers[0].workerRef);
  };

  button.addEventListener("click", () => {
    if (running) {
      running.abort();
      return;
    }
    strip.hidden = true;
    [...starters].find((starter) => starter.checkVisibility())?.focus();
  });
  for (const starter of starters) starter.addEventListener("click", start);
}
