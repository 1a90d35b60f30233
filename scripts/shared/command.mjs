// Running other programs: their output goes to a log file, and to the reader where the program fails.
import { AsyncLocalStorage } from "node:async_hooks";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { setPriority } from "node:os";
import { dirname, join } from "node:path";
import { logFolder } from "./paths.mjs";

const FIRST_LINES = 8;
const LAST_LINES = 24;

/** A program that could not be started, ended with a status other than 0, or took too long. */
export class CommandFailed extends Error {
  /** @param {{ command: string, reason: string, output: string, log: string | undefined }} failure */
  constructor({ command, reason, output, log }) {
    const said = !output ? "" : `\n${excerpt(output).replace(/^/gm, "    ")}`;
    super(`${command}: ${reason}${said}${log ? `\n(whole output: ${log})` : ""}`);
    this.name = "CommandFailed";
    this.output = output;
  }
}

/** What a reader needs of a long output: how it began, which often names the cause, and how it ended. */
function excerpt(output) {
  const lines = output.trim().split("\n");
  if (lines.length <= FIRST_LINES + LAST_LINES + 1) return lines.join("\n");
  return [...lines.slice(0, FIRST_LINES), "…", ...lines.slice(-LAST_LINES)].join("\n");
}

/** The log files that this process has begun; each starts empty. */
const begun = new Set();

const describe = (command, args) => [command, ...args].join(" ");

/** Process groups under way; they end with this process. */
const groups = new Set();

function endGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

process.on("exit", () => {
  for (const pid of groups) endGroup(pid, "SIGKILL");
});
for (const [signal, status] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
]) {
  process.on(signal, () => process.exit(status));
}

/** Where programs give way to others. */
const background = new AsyncLocalStorage();

/** What programs in the background have, as `nice` counts it: a quarter of a processor that another one wants as well. */
const BACKGROUND_PRIORITY = 5;

function setPriorityOf(pid, priority) {
  try {
    setPriority(pid, priority);
    // Linux may weigh sessions before it weighs processes, and each program here is a session.
    writeFileSync(`/proc/${pid}/autogroup`, String(priority));
  } catch {
    // It has ended by itself, or this system does not weigh sessions or let anybody have more than before.
  }
}

/**
 * Begins `work`, whose programs give way to all others until `hurry` is called.
 * @param {() => Promise<void>} work
 */
export function inBackground(work) {
  const place = { priority: BACKGROUND_PRIORITY, programs: new Set() };
  const hurry = () => {
    place.priority = 0;
    for (const pid of place.programs) setPriorityOf(pid, place.priority);
  };
  return { ended: background.run(place, work), hurry };
}

/** Opens the log file, writes the command into it, and answers what appends to it. */
function openLog(name, text) {
  if (!name) return { path: undefined, write() {}, close() {} };
  const path = join(logFolder, `${name}.log`);
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, begun.has(path) ? "a" : "w");
  begun.add(path);
  writeSync(file, `$ ${text}\n`);
  return { path, write: (more) => writeSync(file, more), close: () => closeSync(file) };
}

/**
 * Runs `command` and answers its output. `log` names a file under the log folder; `onLine` sees each line;
 * `timeoutMs` ends the program with all that it started. Rejects with `CommandFailed`.
 */
export function run(command, args, { log: logName, onLine, timeoutMs, ...options } = {}) {
  const name = describe(command, args);
  const log = openLog(logName, name);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true, ...options });
    if (child.pid) groups.add(child.pid);
    const place = background.getStore();
    if (child.pid && place !== undefined) {
      place.programs.add(child.pid);
      if (place.priority !== 0) setPriorityOf(child.pid, place.priority);
    }
    const chunks = [];
    let pending = "";
    let timedOut = false;
    const timer =
      timeoutMs &&
      setTimeout(() => {
        timedOut = true;
        endGroup(child.pid, "SIGKILL");
      }, timeoutMs);

    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        chunks.push(text);
        log.write(text);
        if (!onLine) return;
        const lines = (pending + text).split(/[\r\n]+/);
        pending = lines.pop() ?? "";
        for (const line of lines) if (line.trim()) onLine(line.trim());
      });
    }

    let settled = false;
    const settle = (reason) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      groups.delete(child.pid);
      place?.programs.delete(child.pid);
      log.close();
      const output = chunks.join("");
      if (reason === undefined) resolve(output);
      else reject(new CommandFailed({ command: name, reason, output, log: log.path }));
    };
    child.on("error", (error) => settle(error.message));
    child.on("close", (code, signal) => {
      if (timedOut) settle(`no end after ${Math.round(timeoutMs / 1000)} s`);
      else if (code === 0) settle();
      else settle(signal ? `ended by ${signal}` : `ended with status ${code}`);
    });
  });
}

/** The output of a short program, without its last line end; `undefined` where it fails or does not exist. */
export function ask(command, args, options = {}) {
  const answer = spawnSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    ...options,
  });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}

/** The full path of a program on the `PATH`, or `undefined`. */
export function which(name, path = process.env.PATH) {
  return ask("/bin/sh", ["-c", `command -v -- "$1"`, "sh", name], { env: { ...process.env, PATH: path } });
}
