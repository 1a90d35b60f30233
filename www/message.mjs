/** One entry of a transcript as an element: role, number, time, and the content as far as it is worth showing at once. */
import { announce } from "./announce.mjs";
import { element } from "./dom.mjs";
import { dateAndTime, grouped, head, timeOfDay, visible } from "./text.mjs";

/** How much of a content is shown at first, and how much more each time, in UTF-16 code units. */
const FIRST = 4_000;
const MORE = 100_000;

const roles = { user: "User", system: "System", assistant: "Assistant", tool: "Tool" };

const fence = /^\s*(```|~~~)/;

/** Splits a text at its fences into prose and code, line by line. */
function blocksOf(text) {
  const blocks = [];
  let lines = [];
  let open;
  const end = (code) => {
    if (lines.length > 0) blocks.push({ code, text: lines.join("\n") });
    lines = [];
  };
  for (const line of text.split("\n")) {
    const mark = fence.exec(line)?.[1];
    if (mark !== undefined && (open === undefined || open === mark)) {
      end(open !== undefined);
      open = open === undefined ? mark : undefined;
    } else {
      lines.push(line);
    }
  }
  end(open !== undefined);
  return blocks;
}

/** A text without the empty lines at its beginning and its end. */
function withoutBlankEnds(text) {
  let start = 0;
  let end = text.length;
  while (text[start] === "\n") start += 1;
  while (end > start && text[end - 1] === "\n") end -= 1;
  return text.slice(start, end);
}

/** What a tool says is shown as it would be in a terminal; in all other texts only what is fenced is code. */
function contentOf(role, text) {
  const blocks = role === "tool" ? [{ code: true, text }] : blocksOf(text);
  return blocks.map(({ code, text: part }) => {
    const trimmed = withoutBlankEnds(part);
    return code
      ? element("pre", { dir: "auto" }, element("code", {}, trimmed))
      : element("p", { dir: "auto" }, trimmed);
  });
}

async function copy(entry) {
  try {
    await navigator.clipboard.writeText(entry.content);
    announce(`Message ${entry.sequence} copied`);
  } catch {
    announce("The browser did not allow copying");
  }
}

/** The element for `entry`, an article in a feed. */
export function messageElement(entry) {
  const { content, role, sequence } = entry;
  const id = `message-${sequence}`;
  const body = element("div", { class: "content" });
  let shown = head(content, FIRST);

  const more = element("button", {
    type: "button",
    class: "quiet more",
    click: () => {
      shown = head(content, shown.length + MORE);
      show();
      if (more.hidden) article.focus({ preventScroll: true });
    },
  });
  const show = () => {
    body.replaceChildren(...contentOf(role, visible(shown)));
    more.hidden = shown.length >= content.length;
    more.textContent = `Show more (${grouped(content.length - shown.length)} characters left)`;
  };

  const article = element(
    "article",
    {
      class: "message",
      "data-role": role,
      "data-sequence": sequence,
      "aria-labelledby": id,
      "aria-posinset": sequence,
      "aria-setsize": -1,
      tabindex: -1,
    },
    element(
      "header",
      {},
      element("span", { class: "sequence", "aria-hidden": "true" }, String(sequence)),
      element(
        "h3",
        { id },
        roles[role],
        element("span", { class: "visually-hidden" }, `, message ${sequence}`),
      ),
      element(
        "time",
        { datetime: new Date(entry.recordedAt).toISOString(), title: dateAndTime(entry.recordedAt) },
        timeOfDay(entry.recordedAt),
      ),
      element("button", { type: "button", class: "quiet copy", click: () => copy(entry) }, "Copy"),
    ),
    body,
    more,
  );
  show();
  return article;
}
