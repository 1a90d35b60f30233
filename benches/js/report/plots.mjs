/* Plots of what is kept, as SVG files that follow the reader's colour scheme. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../../../scripts/shared/paths.mjs";
import { installed, resolverOf } from "../install/cached.mjs";
import { REACH } from "../reach.mjs";
import { kept } from "./results.mjs";

const folder = join(root, "docs", "images", "performance");

/** Legible on white and on black; told apart also by those who see few colours. */
const BLUE = "#2f81d7";
const ORANGE = "#d9822b";
const GREY = "#8b949e";
const SERIES = [BLUE, ORANGE, "#3fa46a", "#b072d1", GREY, "#c9534f"];

const STYLE = `
  :root { color: #1f2328; }
  @media (prefers-color-scheme: dark) { :root { color: #e6edf3; } }
  text { font: 12px system-ui, sans-serif; fill: currentColor; }
`;

async function tools() {
  const resolver = resolverOf(await installed("plot"));
  const load = (name) => import(pathToFileURL(resolver.resolve(name)).href);
  const Plot = await load("@observablehq/plot");
  const { parseHTML } = await load("linkedom");
  return { Plot, document: parseHTML("<!doctype html><html><body></body></html>").document };
}

/** Coloured squares and their names in a row at the top; Plot's own legends are figures beside the plot. */
function legend(document, names) {
  const group = document.createElement("g");
  let left = 10;
  for (const [name, colour] of names) {
    const square = document.createElement("rect");
    for (const [key, value] of Object.entries({ x: left, y: 6, width: 11, height: 11, fill: colour })) {
      square.setAttribute(key, value);
    }
    const text = document.createElement("text");
    text.setAttribute("x", left + 16);
    text.setAttribute("y", 16);
    text.setAttribute("text-anchor", "start");
    text.textContent = name;
    group.append(square, text);
    left += 34 + name.length * 7;
  }
  return group;
}

function svgOf({ Plot, document }, { title, names = [], options }) {
  const svg = Plot.plot({ document, width: 820, marginTop: names.length > 0 ? 44 : 20, ...options });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", title);
  svg.removeAttribute("style");
  for (const style of svg.querySelectorAll("style")) style.remove();
  const style = document.createElement("style");
  style.textContent = STYLE;
  const named = document.createElement("title");
  named.textContent = title;
  svg.prepend(named, style);
  if (names.length > 0) svg.append(legend(document, names));
  return `${svg.outerHTML}\n`;
}

const plainly = (text) => text.replaceAll("`", "");
const hostOf = (host) => host.replace(/^(Node\.js \d+)\..*/, "$1");

function memory(results) {
  const rows = ["memory-node", "memory-node-24", "memory-chromium"]
    .flatMap((name) => results.get(name)?.figures ?? [])
    .map(({ id, host, value }) => ({
      what: plainly(REACH[id].what),
      host: hostOf(host),
      value,
      reach: REACH[id].atMost,
    }));
  if (rows.length === 0) return undefined;
  const hosts = [...new Set(rows.map(({ host }) => host))];
  return (Plot) => ({
    title: "CPU time in memory, plain JavaScript being 1",
    names: [...hosts.map((host, at) => [host, SERIES[at]]), ["to reach", GREY]],
    options: {
      height: 360,
      marginLeft: 240,
      marginBottom: 45,
      marginRight: 20,
      x: {
        type: "log",
        label: "CPU time, plain JavaScript = 1",
        grid: true,
        inset: 12,
        tickFormat: (value) => String(value),
        ticks: [0.125, 0.25, 0.5, 1, 2, 4, 8, 16],
      },
      y: { label: null, domain: [...new Set(rows.map(({ what }) => what))] },
      color: { domain: hosts, range: SERIES },
      symbol: { domain: hosts, range: ["circle", "square", "triangle"] },
      marks: [
        Plot.ruleX([1], { stroke: "currentColor", strokeWidth: 1.5 }),
        Plot.tickX(rows, { x: "reach", y: "what", stroke: GREY, strokeDasharray: "3 2", strokeWidth: 2 }),
        Plot.dot(rows, { x: "value", y: "what", fill: "host", symbol: "host", r: 6 }),
      ],
    },
  });
}

function peers(results) {
  const rows = results.get("peers")?.detail.rows;
  if (rows === undefined) return undefined;
  const named = rows.map(({ peer, ratio }) => ({
    peer: peer === "ours" ? "worker-runtime" : peer,
    ratio,
    own: peer === "ours",
  }));
  return (Plot) => ({
    title: "Append a message and read it in pages: CPU time, plain JavaScript being 1",
    options: {
      height: 60 + 30 * named.length,
      marginLeft: 120,
      marginBottom: 45,
      marginRight: 60,
      x: {
        type: "log",
        label: "CPU time, plain JavaScript = 1",
        grid: true,
        domain: [0.5, 2 * Math.max(...named.map(({ ratio }) => ratio))],
        tickFormat: (value) => value.toLocaleString("en"),
      },
      y: { label: null, domain: named.map(({ peer }) => peer) },
      marks: [
        Plot.barX(named, { x1: 0.5, x2: "ratio", y: "peer", fill: ({ own }) => (own ? BLUE : GREY) }),
        Plot.text(named, {
          x: "ratio",
          y: "peer",
          text: ({ ratio }) => Number(ratio.toPrecision(2)).toLocaleString("en"),
          dx: 6,
          textAnchor: "start",
        }),
        Plot.ruleX([1], { stroke: "currentColor" }),
      ],
    },
  });
}

const WRITERS = ["worker-runtime", "one transaction or flush each"];

function durable(results) {
  const names = { "appends-indexeddb": "IndexedDB, strict", "appends-files": "files, flushed" };
  const rows = Object.entries(names).flatMap(([name, where]) =>
    (results.get(name)?.detail ?? []).flatMap(({ way, appendsPerSecond }) =>
      Object.entries(appendsPerSecond).map(([who, value]) => ({
        what: `${where}, ${way}`,
        who: WRITERS[who === "ours" ? 0 : 1],
        value,
      })),
    ),
  );
  if (rows.length === 0) return undefined;
  return (Plot) => ({
    title: "Durable appends a second",
    names: WRITERS.map((who, at) => [who, [BLUE, GREY][at]]),
    options: {
      height: 260,
      marginLeft: 325,
      marginBottom: 45,
      marginRight: 70,
      x: {
        type: "log",
        label: "acknowledged appends a second",
        grid: true,
        domain: [50, 1e6],
        tickFormat: (value) => value.toLocaleString("en"),
        ticks: 5,
      },
      y: { label: null, axis: null },
      fy: { label: null, domain: [...new Set(rows.map(({ what }) => what))], axis: "left" },
      color: { domain: WRITERS, range: [BLUE, GREY] },
      marks: [
        Plot.barX(rows, { x1: 50, x2: "value", y: "who", fy: "what", fill: "who" }),
        Plot.text(rows, {
          x: "value",
          y: "who",
          fy: "what",
          text: ({ value }) => value.toLocaleString("en"),
          dx: 6,
          textAnchor: "start",
        }),
      ],
    },
  });
}

const GROWN = ["transcriptProjection", "readEvents", "workerDetail", "summary", "sendInput"];

function growth(results) {
  const rows = (results.get("growth")?.detail ?? [])
    .filter(({ by }) => by === "entries")
    .flatMap((row) =>
      GROWN.map((operation) => ({
        backend: row.backend,
        entries: row.entries,
        operation,
        value: row[operation],
      })),
    );
  if (rows.length === 0) return undefined;
  return (Plot) => ({
    title: "Microseconds of CPU time of one operation as a runtime grows",
    names: GROWN.map((operation, at) => [operation, SERIES[at]]),
    options: {
      height: 320,
      marginLeft: 60,
      marginBottom: 45,
      x: {
        type: "log",
        label: "entries",
        ticks: [1e3, 1e4, 1e5, 1e6],
        tickFormat: "~s",
      },
      y: {
        type: "log",
        label: null,
        grid: true,
        tickFormat: (value) => value.toLocaleString("en"),
        ticks: 5,
      },
      fx: { label: null, padding: 0.2 },
      color: { domain: GROWN, range: SERIES },
      marks: [
        Plot.line(rows, { x: "entries", y: "value", stroke: "operation", fx: "backend", strokeWidth: 2 }),
        Plot.dot(rows, { x: "entries", y: "value", fill: "operation", fx: "backend", r: 3.5 }),
      ],
    },
  });
}

const PLOTS = { memory, peers, durable, growth };

/** Draws every plot for which there are results; answers their names. */
export async function drawPlots() {
  const results = kept();
  const all = await tools();
  mkdirSync(folder, { recursive: true });
  const drawn = [];
  for (const [name, plot] of Object.entries(PLOTS)) {
    const made = plot(results)?.(all.Plot);
    if (made === undefined) continue;
    writeFileSync(join(folder, `${name}.svg`), svgOf(all, made));
    drawn.push(name);
  }
  return drawn;
}
