// Named steps with elapsed time: one line each, a moving one while it runs on a terminal.

const terminal = process.stdout.isTTY === true;
const TICK_MS = terminal ? 200 : 30_000;

export const seconds = (ms) => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);

const line = (mark, name, detail, ms) =>
  `${mark} ${name.padEnd(26)} ${seconds(ms).padStart(7)}${detail ? `  ${detail}` : ""}`;

/** What says how each step under way stands; a terminal shows them in one line. */
const underWay = new Set();

function showMoving() {
  const width = (process.stdout.columns ?? 80) - 1;
  const room = Math.max(1, Math.floor(width / underWay.size) - 1);
  const texts = [...underWay].map((text) => text().slice(0, room));
  process.stdout.write(`\r\x1b[2K${texts.join(" ")}`);
}

/**
 * Runs `work` as the step `name`. `work` gets `report(text)`, which says what it is doing; what it answers, if it
 * is a string, is shown as the step's result.
 */
export async function step(name, work) {
  const started = performance.now();
  let doing = "";
  const text = () => line("…", name, doing, performance.now() - started);
  underWay.add(text);
  const timer = setInterval(terminal ? showMoving : () => console.log(text()), TICK_MS);
  timer.unref();
  const finish = (mark, detail) => {
    clearInterval(timer);
    underWay.delete(text);
    if (terminal) process.stdout.write("\r\x1b[2K");
    console.log(line(mark, name, detail, performance.now() - started));
  };
  try {
    const result = await work((text) => {
      doing = text;
    });
    finish("✓", typeof result === "string" ? result : "");
    return result;
  } catch (error) {
    finish("✗", "");
    throw error;
  }
}

/** Runs a script's main function; an error is shown without a stack and ends the process with status 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    const expected = error?.name === "CommandFailed" || error?.name === "Unavailable";
    console.error(`\n${expected ? error.message : (error?.stack ?? error)}`);
    process.exitCode = 1;
  }
}
