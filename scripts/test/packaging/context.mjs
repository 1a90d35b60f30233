// What a cell is given: its project, programs run in it, and a place for what it has to end.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../shared/command.mjs";

const PROGRAM_TIMEOUT_MS = 180_000;

/** Thrown by `Context.skip`. */
export class Skipped extends Error {}

export class Context {
  /** Called, last first, once the cell has ended. @type {(() => unknown)[]} */
  #endings = [];
  #name;
  #report;
  /** The version of the host, for the table. @type {string | undefined} */
  version;

  constructor({ name, folder, report }) {
    this.#name = name;
    this.#report = report;
    /** The project, with the package and its own dependencies installed. */
    this.folder = folder;
  }

  /** Says what the cell is doing. */
  report(text) {
    this.#report(text);
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  /** Ends the cell: this machine cannot have what it needs, and `reason` says why. @returns {never} */
  skip(reason) {
    throw new Skipped(reason);
  }

  /** Registers what has to be ended with the cell. */
  after(end) {
    this.#endings.push(end);
  }

  async end() {
    for (const end of this.#endings.reverse()) await end();
  }

  /** The version of a package that is installed in the project. */
  versionOf(name) {
    return JSON.parse(readFileSync(this.path("node_modules", name, "package.json"), "utf8")).version;
  }

  /** A program that a package of the project brings, or one by its path. Answers with what it said. */
  run(program, args, options = {}) {
    const own = this.path("node_modules", ".bin", program);
    return run(existsSync(own) ? own : program, args, {
      cwd: this.folder,
      log: `packaging-${this.#name}`,
      timeoutMs: PROGRAM_TIMEOUT_MS,
      onLine: this.#report,
      ...options,
    });
  }
}
