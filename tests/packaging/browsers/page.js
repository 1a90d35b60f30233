// A tab that does what the test asks for: it fetches its tasks and posts what became of them, in whichever browser.
import { actions } from "./actions.js";

const tab = new URLSearchParams(location.search).get("tab");

const shown = (error) => ({
  name: error?.name,
  code: error?.code,
  outcome: error?.details?.outcome,
  message: `${error?.message}`,
  stack: `${error?.stack}`,
  cause: error?.cause && { name: error.cause.name, code: error.cause.code },
});

const post = (body) => fetch(`tell?tab=${tab}`, { method: "POST", body: JSON.stringify(body) });

async function perform({ id, action, args }) {
  try {
    post({ id, told: (await actions[action](...args)) ?? null });
  } catch (error) {
    post({ id, error: shown(error) });
  }
}

addEventListener("error", ({ message }) => post({ complaint: message }));
addEventListener("unhandledrejection", ({ reason }) => post({ complaint: `${reason?.stack ?? reason}` }));

/** Until the page is left, which some browsers tell as a failure of the request under way. */
for (;;) {
  const answer = await fetch(`ask?tab=${tab}`).catch(() => undefined);
  if (answer === undefined) break;
  if (answer.status !== 200) continue;
  const task = await answer.json();
  if (task.action === "reload") {
    // The next task is for the page that comes then.
    await post({ id: task.id, told: null });
    location.reload();
    break;
  }
  perform(task);
}
