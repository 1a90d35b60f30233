/*
 * What is measured of a runtime in memory. A scenario is a list of phases on one fresh runtime; a phase that is not
 * `timed` prepares. Every phase answers a number that depends on all results, so that nothing is left undone and
 * subjects can be seen to agree. This module is loaded once for each subject, so that none runs on code that was
 * compiled for the shapes of another.
 */
import { texts } from "./texts.mjs";

const PAGE = 256;

/** Sizes by effort. */
export const SIZES = {
  full: {
    workers: 1_000,
    inputs: 100_000,
    list: 10_000,
    listed: 10,
    long: 10,
    longInputs: 100_000,
    looked: 20_000,
  },
  short: {
    workers: 200,
    inputs: 20_000,
    list: 10_000,
    listed: 4,
    long: 4,
    longInputs: 20_000,
    looked: 5_000,
  },
};

async function createWorkers(world, count) {
  world.refs = [];
  let sum = 0;
  for (let at = 0; at < count; at++) {
    const detail = await world.runtime.createWorker({
      intent: { kind: "task", objective: `objective ${at}` },
    });
    world.refs.push(detail.workerRef);
    sum += detail.lastEventId;
  }
  return sum;
}

async function sendAwaited(world, contents) {
  const { runtime, refs } = world;
  let sum = 0;
  for (let at = 0; at < contents.length; at++) {
    const ack = await runtime.sendInput(refs[at % refs.length], { kind: "user", content: contents[at] });
    sum += ack.eventId + ack.transcriptSequence;
  }
  return sum;
}

async function sendInFlight(world, contents) {
  const { runtime, refs } = world;
  let sum = 0;
  for (let start = 0; start < contents.length; start += 1_000) {
    const end = Math.min(contents.length, start + 1_000);
    const pending = [];
    for (let at = start; at < end; at++) {
      pending.push(runtime.sendInput(refs[at % refs.length], { kind: "user", content: contents[at] }));
    }
    for (const ack of await Promise.all(pending)) sum += ack.eventId + ack.transcriptSequence;
  }
  return sum;
}

/** What somebody does who shows what was said at once, after each input. */
const LOOKS = {
  "input and summary": ({ runtime }) => runtime.summary().activeWorkerCount,
  "input and workerDetail": ({ runtime }, ref) => runtime.workerDetail(ref).transcriptLen,
  "input and readEvents": async (world) => {
    const { events, cursor } = await world.runtime.readEvents(world.cursor, PAGE);
    world.cursor = cursor;
    return events.length;
  },
  "input and the last 16": async ({ runtime }, ref, { transcriptSequence }) => {
    const start = Math.max(0, transcriptSequence - 16);
    const { items } = await runtime.transcriptProjection(ref, { start, limit: 16 });
    return items.length;
  },
};

async function sendAndLook(world, contents, look) {
  const { runtime, refs } = world;
  world.cursor = runtime.eventCursorNow();
  let sum = 0;
  for (let at = 0; at < contents.length; at++) {
    const ref = refs[at % refs.length];
    const ack = await runtime.sendInput(ref, { kind: "user", content: contents[at] });
    sum += ack.eventId + (await look(world, ref, ack));
  }
  return sum;
}

/** Somebody follows the events who is told of each as it comes. */
async function sendFollowed(world, contents) {
  const { runtime } = world;
  const following = (async () => {
    let sum = 0;
    let left = contents.length;
    for await (const event of runtime.subscribeEvents(runtime.eventCursorNow())) {
      sum += event.id + event.message.length;
      left -= 1;
      if (left === 0) return sum;
    }
  })();
  return (await sendAwaited(world, contents)) + (await following);
}

async function readEvents({ runtime }) {
  let sum = 0;
  let cursor = runtime.eventCursorFromStart();
  for (;;) {
    const batch = await runtime.readEvents(cursor, PAGE);
    for (const event of batch.events) sum += event.id + event.message.length;
    if (!batch.hasMore) return sum;
    cursor = batch.cursor;
  }
}

async function readTranscripts({ runtime, refs }) {
  let sum = 0;
  for (const ref of refs) {
    for (let start = 0; start !== undefined; ) {
      const page = await runtime.transcriptProjection(ref, { start, limit: PAGE });
      for (const item of page.items) sum += item.sequence + item.content.length;
      start = page.nextStart;
    }
  }
  return sum;
}

function list({ runtime }) {
  let sum = 0;
  for (const summary of runtime.listWorkers()) sum += summary.transcriptLen + summary.lastEventId;
  return sum;
}

function details({ runtime, refs }) {
  let sum = 0;
  for (const ref of refs) sum += runtime.workerDetail(ref).lastEventId;
  return sum;
}

async function open(world, Runtime) {
  world.runtime = await Runtime.create();
  return 0;
}

async function close(world) {
  await world.runtime.close();
  return 0;
}

const start = { name: "start", timed: false, run: open };
const end = { name: "close", timed: false, run: close };
const timed = (name, operations, run) => ({ name, operations, timed: true, run });
const untimed = (name, run) => ({ name, timed: false, run });

const cached = new Map();
function contentsOf(count, foreign) {
  const key = `${count} ${foreign}`;
  if (!cached.has(key)) cached.set(key, texts(count, { foreign }));
  return cached.get(key);
}

function w(send, { workers, inputs }, foreign) {
  const contents = contentsOf(inputs, foreign);
  return [
    start,
    timed("createWorker", workers, (world) => createWorkers(world, workers)),
    timed("sendInput", inputs, (world) => send(world, contents)),
    timed("readEvents", inputs + workers + 1, readEvents),
    timed("transcriptProjection", inputs, readTranscripts),
    timed("list and summary", workers, (world) => list(world) + world.runtime.summary().workerCount),
    end,
  ];
}

/** The scenarios by name; `size` is one of `SIZES`. */
export function scenarios(size) {
  const long = contentsOf(size.longInputs, 0);
  const looked = contentsOf(size.looked, 0);
  const repeatedly = (world) => {
    let sum = 0;
    for (let at = 0; at < size.listed; at++) sum += list(world);
    return sum;
  };
  return {
    "W, 1,000 in flight": w(sendInFlight, size, 0),
    "W, each awaited": w(sendAwaited, size, 0),
    "W, a tenth outside Latin-1": w(sendInFlight, size, 0.1),
    "many Workers": [
      start,
      timed("createWorker", size.list, (world) => createWorkers(world, size.list)),
      timed("listWorkers", size.list * size.listed, repeatedly),
      timed("workerDetail", size.list, details),
      end,
    ],
    "long transcripts": [
      start,
      untimed("createWorker", (world) => createWorkers(world, size.long)),
      untimed("sendInput", (world) => sendInFlight(world, long)),
      timed("readEvents", size.longInputs + size.long + 1, readEvents),
      timed("transcriptProjection", size.longInputs, readTranscripts),
      end,
    ],
    "looked at after each": [
      start,
      untimed("createWorker", (world) => createWorkers(world, size.long)),
      ...Object.entries(LOOKS).map(([name, look]) =>
        timed(name, looked.length, (world) => sendAndLook(world, looked, look)),
      ),
      timed("input, followed", looked.length, (world) => sendFollowed(world, looked)),
      end,
    ],
  };
}

/** Runs scenarios of one subject step by step; whoever asks keeps the time between the steps. */
export function player(Runtime, size) {
  const all = scenarios(size);
  let world = {};
  return {
    names: Object.keys(all),
    phases: (name) => all[name].map(({ name, timed, operations = 0 }) => ({ name, timed, operations })),
    async play(name, at) {
      if (at === 0) world = {};
      const sum = await all[name][at].run(world, Runtime);
      if (at === all[name].length - 1) world = {};
      return sum;
    },
  };
}
