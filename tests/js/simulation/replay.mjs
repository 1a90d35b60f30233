import { Member } from "./member.mjs";
import { Store } from "./store.mjs";
import { letRun, Owner, settled, takeFinalizersOver, takeOver } from "./surroundings.mjs";
import { Trace } from "./trace.mjs";
import { everything } from "./words.mjs";

/** Loads the package from a folder of modules, and takes this process over. */
export async function load(folder) {
  takeFinalizersOver();
  const entry = await import(new URL("entry/index.js", folder).href);
  const { moduleInstance } = await import(new URL("core/loader.js", folder).href);
  const { boundary } = await moduleInstance();
  takeOver();
  return { ...entry, setSizes: (sizes) => boundary.__test_sizes(...sizes) };
}

/** Where a replay and what was expected of it part. */
export class Divergence extends Error {
  constructor(step, message, options) {
    super(`step ${step}: ${message}`, options);
    this.step = step;
  }
}

/**
 * Follows one script: does what the surroundings do in it to runtimes of the package. All else they decide themselves,
 * and leave a trace of it.
 */
export class Replay {
  steps = 0;
  trace = new Trace();
  #package;
  #options;
  #store = new Store();
  /** All calls of the store, by their numbers, from 1. */
  #calls = [null];
  #controllers = new Map();
  #members = [];

  constructor(entry, { runtimeId, displayName, limits }) {
    this.#package = entry;
    this.#options = { runtimeId, limits, ...(displayName === null ? {} : { displayName }) };
  }

  /** One step; gives what could be seen of it, or nothing where no runtime heard of it. */
  async step(step) {
    this.steps += 1;
    const [now, name, ...rest] = step;
    try {
      if (this.#happens(name, rest)) {
        return undefined;
      }
      if (name === "inspect") {
        await this.#inspect(now);
      } else {
        await this.#let(now, name, rest);
      }
    } catch (cause) {
      throw new Divergence(this.steps, `${JSON.stringify(step)} cannot be done: ${cause.message}`, { cause });
    }
    return this.trace.endStep();
  }

  /** What no runtime hears of yet; whether it was that. */
  #happens(name, [first, ...rest]) {
    switch (name) {
      case "process":
        this.#call(first).process(...rest);
        return true;
      case "fail":
        for (const number of first) {
          this.#call(number).fail();
        }
        return true;
      case "crash":
        this.#members[first]?.die();
        this.#members[first] = undefined;
        return true;
      case "take-back":
        this.#store.takeBack(first);
        return true;
      case "delete":
        this.#store.delete();
        return true;
      default:
        return false;
    }
  }

  #call(number) {
    const call = this.#calls[number];
    if (call === undefined) {
      throw new Error(`there is no call ${number}`);
    }
    return call;
  }

  /** Something happens to one runtime, which then goes on for as long as it can. */
  async #let(now, name, [slot, ...rest]) {
    if (name === "open") {
      const [tokens, how, losesFirst] = rest;
      this.#members[slot] = new Member(this.#surroundings(), slot, tokens, how, losesFirst);
    }
    const member = this.#members[slot];
    if (member === undefined) {
      throw new Error(`there is no runtime in slot ${slot}`);
    }
    this.#package.setSizes(member.sizes);
    letRun(member, now);
    switch (name) {
      case "open":
        member.open();
        break;
      case "submit":
        member.submit(rest[0]);
        break;
      case "transcript":
        member.transcript(...rest);
        break;
      case "events":
        member.events(...rest);
        break;
      case "follow":
        member.follow(...rest);
        break;
      case "tick":
        member.tick();
        break;
      case "quiet":
        member.quiet();
        break;
      case "wake":
        member.wake();
        break;
      case "overdue":
        member.overdue();
        break;
      case "close":
        member.close();
        break;
      case "withdraw":
        this.#controllers.get(rest[0]).abort();
        break;
      case "deliver":
        this.#call(rest[0]).deliver();
        break;
      case "time-out":
        member.timeOut(this.#call(rest[0]));
        break;
      default:
        throw new Error("this is no step");
    }
    await settled();
    member.probe();
    if (member.isGone) {
      this.#members[slot] = undefined;
      letRun(member, now);
      member.leave();
      await settled();
      member.checkRest();
      member.die();
    }
  }

  #surroundings() {
    return {
      package: this.#package,
      options: this.#options,
      store: this.#store,
      trace: this.trace,
      calls: this.#calls,
      controllers: this.#controllers,
    };
  }

  /** A visitor reads everything, while all others stand still. */
  async #inspect(now) {
    letRun(new Owner(null, () => undefined), now);
    const store = this.#store;
    const open = async () => ({
      durability: "memory",
      head: async () => store.head,
      read: async (range) => store.read(range),
      commit: () => Promise.reject(new Error("a visitor commits")),
      close: async () => undefined,
    });
    const storage = { open, list: async () => [], delete: async () => undefined };
    const view = await this.#package.Runtime.inspect(storage, this.#options.runtimeId);
    this.trace.became(`inspected\n${await everything(view)}`);
    await view.close();
  }
}
