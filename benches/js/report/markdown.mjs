/* Results as Markdown. */

const cell = (text) => String(text).replaceAll("|", "\\|");

/** A table; numbers are set right. */
export function table({ rows: [header, ...rows], left = 1 }) {
  const line = (cells) => `| ${cells.map(cell).join(" | ")} |`;
  const rule = header.map((_, at) => (at < left ? "---" : "--:"));
  return [line(header), line(rule), ...rows.map(line)].join("\n");
}

/** Where, when, on what and how a result was measured. */
export function provenance({ versions, machine, load, date, commit, command }) {
  const { cpu, cpus, memoryGiB, system } = machine;
  return `_${versions}; ${cpu}, ${cpus} CPUs, ${memoryGiB} GiB, ${system}; load ${load.join(" to ")}; ${date}, ${commit}; \`${command}\`_`;
}

/** `text` with what stands between the markers of each block replaced: `<!-- figures: NAME -->` … `<!-- end of figures -->`. */
export function filled(text, blocks) {
  const known = new Set();
  const replaced = text.replace(
    /(<!-- figures: (\S+) -->\n)[\s\S]*?(<!-- end of figures -->)/g,
    (_whole, open, name, close) => {
      known.add(name);
      const block = blocks.get(name);
      return `${open}\n${block ?? "_Not measured yet._"}\n\n${close}`;
    },
  );
  return { text: replaced, names: [...known] };
}
