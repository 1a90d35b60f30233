/** What strangers wrote, made fit to look at. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is for
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u202a-\u202e\u2066-\u2069]/g;

/** C0 controls have pictures of their own; for C1 and for what reorders text there is only the number. */
function picture(character) {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/**
 * The same text with everything shown that would be invisible or would reorder what stands around it: terminal
 * escapes, other control characters, bidirectional embeddings and overrides. Line ends are kept.
 */
export const visible = (text) => text.replaceAll("\r\n", "\n").replace(unseen, picture);

/** One line of at most `length` characters. */
export function shorten(text, length) {
  // Cut first, generously: only the beginning of a long text is worth looking at.
  const line = text
    .slice(0, length * 8)
    .replace(/\s+/gu, " ")
    .trim();
  const characters = [...line];
  return characters.length <= length ? line : `${characters.slice(0, length - 1).join("")}…`;
}

/** The first `length` code units, or one fewer where the cut would fall into a character. */
export function head(text, length) {
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code < 0xdc00 ? length - 1 : length);
}

const numbers = new Intl.NumberFormat("en");
/** A count with its digits grouped. */
export const grouped = (count) => numbers.format(count);

/** "1 event", "2 events". */
export const counted = (count, one, many = `${one}s`) => `${grouped(count)} ${count === 1 ? one : many}`;

const clock = new Intl.DateTimeFormat("en", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const calendar = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
/** The time of day of a moment in milliseconds since 1970. */
export const timeOfDay = (moment) => clock.format(moment);
/** Date and time of a moment in milliseconds since 1970. */
export const dateAndTime = (moment) => calendar.format(moment);
