/* In a page: what it waits for in the browser, from where something is asked for to where the answer has come. */

const QUESTIONS = ["get", "getAll", "getAllKeys", "getAllRecords"];

/** What a moment counts as in which several things are waited for: the first of these. */
const ORDER = [
  "the connection",
  "the lock",
  "local storage",
  "the head",
  "the root record",
  "the commit",
  "the records",
  "the head, again",
  "the fresh log",
];

/** Puts `make(original)` in place of a method until `undo`. */
function replaceMethod(undo, { prototype }, name, make) {
  const original = prototype[name];
  if (original === undefined) return;
  prototype[name] = make(original);
  undo.push(() => {
    prototype[name] = original;
  });
}

/**
 * Watches the page until `end`, which answers the milliseconds that each thing was waited for between two points of time, and the rest.
 * `spans` are `[what, from, to]`.
 */
export function watch() {
  const spans = [];
  const undo = [];
  const begin = (what) => {
    const span = [what, performance.now(), Number.POSITIVE_INFINITY];
    spans.push(span);
    return span;
  };
  const ends = (span, target, names) => {
    for (const name of names)
      target.addEventListener(name, () => (span[2] = performance.now()), { once: true });
  };
  let isTaken = false;
  let looks = 0;
  const labelOf = (question) => {
    if (isTaken) return question === "get" ? "the head, again" : "the records";
    looks += 1;
    return looks === 1 ? "the head" : "the root record";
  };
  const asking = (what) => (original) =>
    function (...args) {
      const span = begin(what(args));
      const request = original.apply(this, args);
      ends(span, request, ["success", "error"]);
      return request;
    };
  const isLog = (name) => String(name).endsWith(":log");
  replaceMethod(
    undo,
    IDBFactory,
    "open",
    asking(([name]) => (isLog(name) ? "the fresh log" : "the connection")),
  );
  replaceMethod(
    undo,
    IDBFactory,
    "deleteDatabase",
    asking(() => "the fresh log"),
  );
  replaceMethod(
    undo,
    IDBDatabase,
    "transaction",
    (original) =>
      function (...args) {
        const transaction = original.apply(this, args);
        if (transaction.mode === "readwrite") {
          isTaken = true;
          ends(begin("the commit"), transaction, ["complete", "abort"]);
        }
        return transaction;
      },
  );
  for (const question of QUESTIONS) {
    replaceMethod(
      undo,
      IDBObjectStore,
      question,
      (original) =>
        function (...args) {
          const isRead = this.transaction.mode === "readonly";
          const span = isRead ? begin(labelOf(question)) : undefined;
          const request = original.apply(this, args);
          if (isRead) ends(span, request, ["success", "error"]);
          return request;
        },
    );
  }
  replaceMethod(
    undo,
    LockManager,
    "request",
    (original) =>
      function (...args) {
        const span = begin("the lock");
        const granted = args.pop();
        const work = (lock) => {
          span[2] = performance.now();
          return granted(lock);
        };
        return original.call(this, ...args, work);
      },
  );
  replaceMethod(
    undo,
    Storage,
    "getItem",
    (original) =>
      function (...args) {
        const span = begin("local storage");
        const item = original.apply(this, args);
        span[2] = performance.now();
        return item;
      },
  );
  return {
    spans,
    end(from, to) {
      for (const back of undo) back();
      return shares(spans, from, to);
    },
  };
}

/** The milliseconds of each thing between two points of time, `rest` those in which nothing was waited for. */
function shares(spans, from, to) {
  const clamp = (time) => Math.min(to, Math.max(from, time));
  const points = [...new Set([from, to, ...spans.flatMap(([, start, end]) => [clamp(start), clamp(end)])])];
  points.sort((a, b) => a - b);
  const waited = Object.fromEntries(ORDER.map((what) => [what, 0]));
  let rest = 0;
  for (let at = 1; at < points.length; at++) {
    const [start, end] = [points[at - 1], points[at]];
    const under = new Set(
      spans.filter(([, since, until]) => since <= start && until >= end).map(([what]) => what),
    );
    const first = ORDER.find((what) => under.has(what));
    if (first === undefined) rest += end - start;
    else waited[first] += end - start;
  }
  return { waited, rest };
}
