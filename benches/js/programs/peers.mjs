/* One peer beside plain JavaScript: messages appended one after another to a few conversations, then all read in pages. */
import { pathToFileURL } from "node:url";
import { resolverOf } from "../install/cached.mjs";
import { conversing } from "../peers/runtimes.mjs";
import { Runtime as PlainRuntime } from "../subjects/plain.mjs";
import { texts } from "../workload/texts.mjs";
import { clocks } from "./clocks.mjs";
import { fromPackage, program } from "./program.mjs";

const CONVERSATIONS = 4;
const PAGE = 256;
/** A turn of a subject is repeated until it has taken so long, in milliseconds of CPU time. */
const LONG_ENOUGH = 60;

async function makerOf(peer, folder) {
  if (peer === "ours") {
    const { Runtime } = await fromPackage("worker-runtime");
    return () => conversing(Runtime);
  }
  const { create } = await import(`../peers/${peer}.mjs`);
  const load = async (name) => {
    const { resolve } = resolverOf(folder);
    try {
      return await import(pathToFileURL(resolve(name)).href);
    } catch (error) {
      if (error.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error;
      return import(new URL(`node_modules/${name}/index.mjs`, pathToFileURL(`${folder}/`)).href);
    }
  };
  return () => create(load);
}

/** Microseconds of CPU time a message; making and closing the subject are not counted. */
async function turn(make, contents) {
  let spent = 0;
  let messages = 0;
  while (spent < LONG_ENOUGH) {
    const subject = await make();
    const names = Array.from({ length: CONVERSATIONS }, (_, at) => `conversation-${at}`);
    for (const name of names) await subject.open(name);
    const before = clocks();
    for (const [at, content] of contents.entries()) await subject.append(names[at % names.length], content);
    let read = 0;
    for (const name of names) {
      for (let start = 0; ; start += PAGE) {
        const items = await subject.page(name, start, PAGE);
        for (const { content } of items) read += content.length;
        if (items.length < PAGE) break;
      }
    }
    spent += clocks().cpu - before.cpu;
    messages += contents.length;
    if (read !== contents.reduce((sum, { length }) => sum + length, 0))
      throw new Error("not everything was read");
    await subject.close();
  }
  return (spent * 1e3) / messages;
}

await program(async ({ peer, folder, messages, rounds }, report) => {
  const make = { plain: () => conversing(PlainRuntime), peer: await makerOf(peer, folder) };
  const contents = texts(messages, { seed: 4 });
  const rows = [];
  for (let round = 0; round <= rounds; round++) {
    report(`${peer}: round ${round} of ${rounds}`);
    const row = {};
    for (const name of round % 2 === 0 ? ["plain", "peer"] : ["peer", "plain"]) {
      row[name] = await turn(make[name], contents);
    }
    if (round > 0) rows.push(row);
  }
  return rows;
});
