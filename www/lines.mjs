/** Files of lines, read and written as they stream: never wholly in memory. */

/** The lines of a stream of UTF-8; `passed` is told of each piece's size in bytes. */
export async function* linesOf(body, passed = () => {}) {
  const counted = new TransformStream({
    transform(piece, controller) {
      passed(piece.byteLength);
      controller.enqueue(piece);
    },
  });
  let rest = "";
  for await (const text of body.pipeThrough(counted).pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    yield* lines;
  }
  yield rest;
}

/** A file with a line feed after each of `lines`. The browser decides what of it is kept in memory. */
export function fileOf(lines, type) {
  const iterator = lines[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    async pull(controller) {
      const { value, done } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(`${value}\n`));
    },
    cancel: () => iterator.return?.(),
  });
  return new Response(body, { headers: { "content-type": type } }).blob();
}

/** Has the browser save `file` under `name`. */
export function download(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The download has taken hold of the file by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
