// Rules about what is under version control: nothing generated, no path of one machine, no registry's host name, no
// source file above 600 lines, nothing left open. Prints each breach; status 1 where there is any.
import { readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { ask } from "./shared/command.mjs";
import { root } from "./shared/paths.mjs";

const MOST_LINES = 600;
const sources = new Set([".rs", ".ts", ".mjs", ".js", ".css", ".html", ".sh"]);
const lockFiles = new Set(["Cargo.lock", "package-lock.json"]);

// Written in pieces, so that this file keeps the rules too.
const anyOf = (...words) => words.map((pieces) => [].concat(pieces).join("")).join("|");
const hosts = anyOf(
  ["registry\\.npm", "js\\."],
  ["npm", "mirror\\."],
  ["(?:static|index)\\.", "crates\\.io"],
  ["crates\\.io", "-index"],
  ["files\\.python", "hosted\\."],
  ["deb\\.", "debian\\.org"],
);
const folders = anyOf(
  ["wo", "rk\\b"],
  ["ro", "ot\\b"],
  ["fa", "rm\\b"],
  "home\\/[a-z]",
  "Users\\/[A-Za-z]",
  "tmp\\/[a-z]",
);
const openMarks = anyOf(
  ["TO", "DO\\b"],
  ["FIX", "ME\\b"],
  ["XX", "X\\b"],
  ["to", "do!"],
  ["unimplemen", "ted!"],
  ["#\\[ig", "nore"],
  ["\\b(?:test|it|describe)\\.", "(?:skip|only|todo)\\b"],
);

/** Rules about the text of a line. */
const lineRules = [
  {
    name: "a path of one machine",
    pattern: new RegExp(`(?:^|[^.\\w])/(?:${folders})`),
    files: (path) => !lockFiles.has(basename(path)),
  },
  {
    name: "a registry's host name",
    pattern: new RegExp(hosts),
    files: (path) => basename(path) !== "Cargo.lock",
  },
  {
    name: "left open",
    pattern: new RegExp(`(?<![\\w-])(?:${openMarks})`),
    files: (path) => sources.has(extname(path)),
  },
];

const isData = (path) => /(^|\/)tests\/(?:data|fixtures)\//.test(path);
const isGenerated = (path) =>
  /(^|\/)(?:node_modules|target|dist|generated)\//.test(path) ||
  /^pkg\/(?:modules|wasm)\//.test(path) ||
  /\.(?:wasm|tgz)$/.test(path);

function* breachesOf(path) {
  if (isData(path)) return;
  if (isGenerated(path)) yield `${path}: a generated file under version control`;
  let text;
  try {
    text = readFileSync(join(root, path), "utf8");
  } catch {
    return; // deleted in the working tree
  }
  if (text.includes("\0")) return;
  const lines = text.split("\n");
  if (sources.has(extname(path)) && lines.length - 1 > MOST_LINES)
    yield `${path}: ${lines.length - 1} lines, at most ${MOST_LINES}`;
  for (const [index, line] of lines.entries()) {
    for (const { name, pattern, files } of lineRules) {
      if (files(path) && pattern.test(line))
        yield `${path}:${index + 1}: ${name}: ${line.trim().slice(0, 100)}`;
    }
  }
}

const listed = ask("git", ["ls-files", "-z"], { cwd: root, maxBuffer: 1 << 26 });
if (listed === undefined) throw new Error("git does not list the files under version control");
const paths = listed.split("\0").filter(Boolean);
const breaches = paths.flatMap((path) => [...breachesOf(path)]);
for (const breach of breaches) console.log(breach);
console.log(`${paths.length} files, ${breaches.length} breaches`);
process.exitCode = breaches.length > 0 ? 1 : 0;
