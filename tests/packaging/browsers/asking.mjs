/**
 * Tabs that are asked over HTTP: a page fetches its tasks and posts what became of them, so that any browser that opens an
 * address can be tested, without a protocol of its own.
 */
import { serveFolder } from "../support/serve.mjs";

const HOLD_MS = 20_000;

/** One tab, whether it is open yet or not. */
class Tab {
  #tasks = [];
  /** Wakes the pages that wait for a task. */
  #waiting = new Set();
  #answers = new Map();
  #next = 1;
  complaints = [];

  /** What an action of actions.js answers; rejects with its error, which has `code` and the like. */
  call(action, ...args) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.#tasks.push(JSON.stringify({ id, action, args }));
      for (const wake of this.#waiting) wake();
    });
  }

  /** The next task; `undefined` where there is none for a while, or the page that asked has gone. */
  async take(response) {
    if (this.#tasks.length === 0) {
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, HOLD_MS);
        const wake = () => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        response.once("close", wake);
      });
    }
    return response.destroyed ? undefined : this.#tasks.shift();
  }

  tell({ id, told, error, complaint }) {
    if (complaint !== undefined) {
      this.complaints.push(complaint);
      return;
    }
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (error === undefined) answer?.resolve(told);
    else answer?.reject(Object.assign(new Error(error.message), error));
  }
}

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

/** Serves the project; `tab()` makes a tab with the address to open it at. */
export async function serveTabs(context) {
  const tabs = new Map();
  const routes = {
    async "/ask"(tab, _request, response) {
      const task = await tab.take(response);
      response.writeHead(task === undefined ? 204 : 200, { "content-type": "application/json" }).end(task);
    },
    async "/tell"(tab, request, response) {
      tab.tell(await bodyOf(request));
      response.writeHead(204).end();
    },
  };
  const origin = await serveFolder(
    context,
    context.folder,
    { "access-control-allow-origin": "*" },
    async (request, response) => {
      const { pathname, searchParams } = new URL(request.url, "http://localhost");
      const tab = tabs.get(searchParams.get("tab"));
      if (!routes[pathname] || !tab) return false;
      await routes[pathname](tab, request, response);
      return true;
    },
  );
  return {
    origin,
    tab() {
      const tab = new Tab();
      const name = String(tabs.size + 1);
      tabs.set(name, tab);
      tab.url = `${origin}/index.html?tab=${name}`;
      return tab;
    },
  };
}
