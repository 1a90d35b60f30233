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
  "indexeddb.open": {
    what: "opening 1,000 Workers × 100 entries, IndexedDB, module loaded",
    against: "`getAll` of one raw row an entry",
    unit: "times",
    atLeast: 60,
  },
  "indexeddb.open-growth": {
    what: "opening ten times the entries of as many Workers",
    against: "opening 1,000 Workers × 100 entries",
    unit: "ratio",
    atMost: 1.5,
  },
  "indexeddb.page": {
    what: "a cold page of 256 out of 1,000,000 settled entries, IndexedDB",
    against: "a raw `get` of one record of 60 KB",
    unit: "ratio",
    atMost: 3.5,
  },
  "indexeddb.page-records": {
    what: "records that such a page reads, at most",
    against: "",
    unit: "records",
    atMost: 3,
  },
  "page.task-appending": {
    what: "longest task of the main thread at 1,000 durable appends a second",
    against: "",
    unit: "ms",
    atMost: 8,
  },
  "page.task-opening": {
    what: "longest task of the main thread while a store of 1,000,000 entries is opened",
    against: "",
    unit: "ms",
    atMost: 8,
  },
  "page.memory": {
    what: "memory of a page with 1,000,000 stored entries open, cache full",
    against: "an empty runtime",
    unit: "MiB",
    atMost: 32,
  },
  "store.commit": {
    what: "bytes written by a commit of one, at most, at every size of the store",
    against: "the content",
    unit: "bytes beyond",
    atMost: 200,
  },
  "store.life": {
    what: "bytes written over a store's life, regrouping included, at most",
    against: "the content",
    unit: "ratio",
    atMost: 4.5,
  },
  "store.rest": { what: "bytes at rest, at most", against: "the content", unit: "ratio", atMost: 1.3 },
  "memory.entry": {
    what: "memory of an entry in a runtime in memory",
    against: "its content",
    unit: "bytes beyond",
    atMost: 80,
  },
  "stored.resident": {
    what: "resident memory with 1,000,000 stored entries open",
    against: "an empty runtime",
    unit: "MiB beyond",
    atMost: 32,
  },
  "stored.resident-paged": {
    what: "the same after 1,000 pages, the cache full",
    against: "a small runtime in memory after as many pages",
    unit: "MiB beyond",
    atMost: 32,
  },
  "growth.memory": {
    what: "the operation in memory whose cost grows most, at the most entries",
    against: "the same at 10,000 entries",
    unit: "ratio",
    atMost: 1.5,
  },
  "subscribers.reads": {
    what: "records that 1,000 subscribers at one cursor have read",
    against: "one subscriber",
    unit: "ratio",
    atMost: 1,
  },
  startup: {
    what: "from import to the first `create` resolved",
    against: "Yjs: import to first document",
    unit: "ratio",
    atMost: 1,
  },
};
