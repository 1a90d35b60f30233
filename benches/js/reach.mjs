/*
 * What is to be reached, by the names that figures carry: a bound on the figure, and what it is measured against. `budget`:
 * what fails the tests, about twice the best that was reached, so that a busy machine does not.
 */
const plain = "a plain JavaScript class, same calls and shapes";

export const REACH = {
  "memory.w": { what: "workload W in memory, whole", against: plain, unit: "ratio", atMost: 1 },
  "memory.send": { what: "`sendInput`, 1,000 in flight", against: plain, unit: "ratio", atMost: 1.5 },
  "memory.send-awaited": { what: "`sendInput`, each awaited", against: plain, unit: "ratio", atMost: 1.5 },
  "memory.events": { what: "`readEvents`, pages of 256", against: plain, unit: "ratio", atMost: 1.5 },
  "memory.transcript": {
    what: "`transcriptProjection`, pages of 256",
    against: plain,
    unit: "ratio",
    atMost: 1.5,
  },
  "memory.list": { what: "`listWorkers` of 10,000", against: plain, unit: "ratio", atMost: 2 },
  "memory.detail": { what: "`workerDetail`", against: plain, unit: "ratio", atMost: 3 },
  "memory.create": { what: "`createWorker`", against: plain, unit: "ratio", atMost: 8 },
  "indexeddb.together": {
    what: "durable appends, IndexedDB `strict`, 1,000 at once",
    against: "one raw `strict` transaction an append",
    unit: "times",
    atLeast: 120,
  },
  "indexeddb.one": {
    what: "durable appends, IndexedDB `strict`, one after another",
    against: "one raw `strict` transaction an append",
    unit: "times",
    atLeast: 0.8,
  },
  "files.together": {
    what: "durable appends, files, 1,000 at once",
    against: "write and fdatasync each",
    unit: "times",
    atLeast: 80,
  },
  "files.one": {
    what: "durable appends, files, one after another",
    against: "write and fdatasync each",
    unit: "times",
    atLeast: 0.9,
  },
};
