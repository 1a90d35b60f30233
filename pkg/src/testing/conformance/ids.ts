import { equal, equalRecords, show } from "./assertion.js";
import { bytes, type Case, cases, read, type Trial } from "./trial.js";

/** Runtime ids that an adapter may not take for anything else than names. Each is used exactly as it stands. */
const NASTY: Record<string, string> = {
  "of one character": "a",
  "of one dot": ".",
  "of two dots": "..",
  "of three dots": "...",
  "of a slash": "/",
  "of a backslash": "\\",
  "with a slash in it": "a/b",
  "with a backslash in it": "a\\b",
  "that leads upwards": "../../etc/passwd",
  "that is an absolute path": "/dev/null",
  "that is a Windows path": "C:\\Windows\\system32",
  "that is a device name": "CON",
  "that ends with a dot": "name.",
  "that starts with a dot": ".hidden",
  "that ends with a blank": "name ",
  "that starts with a blank": " name",
  "with a blank in it": "a name",
  "with a tab and line ends": "a\tb\nc\r\nd",
  "that is escaped already": "%2e%2e%2f",
  "of a lone percent sign": "%",
  "with a question mark and a hash": "a?b=c&d#e",
  "that is a pattern": "*[a-z]?_%",
  "with quotes": `'"\`;--`,
  "of a null character": "\u0000",
  "with a null character in it": "a\u0000b",
  "that ends with a null character": "a\u0000",
  "of the first control character": "\u0001",
  "of a delete character": "\u007f",
  "that is a name of every object": "__proto__",
  "that is another name of every object": "constructor",
  "that looks like null": "null",
  "that looks like undefined": "undefined",
  "that looks like a number": "0",
  "that looks like a negative number": "-1",
  "that looks like an option": "--help",
  "that an adapter might keep for itself": "head",
  "that looks like a file of the adapter": "log.lock",
  "in Latin-1": "naïve café",
  "in composed Unicode": "\u00e9",
  "in decomposed Unicode": "e\u0301",
  "in Chinese": "工人运行时",
  "in Arabic": "عامل",
  "of an emoji": "👩‍👩‍👧‍👦",
  "outside the basic plane": "\u{10ffff}",
  "of the last character of the basic plane": "\uffff",
  "with a byte order mark": "\ufeffid",
  "with a zero-width joiner": "a\u200db",
  "with a right-to-left override": "a\u202eb",
  "that a case mapping makes longer": "straße ŉ İ",
  "of 256 characters": "x".repeat(256),
  "of 256 bytes in two-byte characters": "é".repeat(128),
  "of 256 bytes in three-byte characters": `${"工".repeat(85)}x`,
  "of 256 bytes in four-byte characters": "👩".repeat(64),
  "of 256 characters that an encoding makes longer": "/".repeat(256),
  "of 256 dots": ".".repeat(256),
};

/** Creates, reads, reopens, lists and deletes a store under an id that is not made up for this run. */
async function livesUnder(t: Trial, id: string): Promise<void> {
  await t.storage.delete(id);
  const records = [["id", bytes(id)]] as const;
  const { store, head } = await t.created(id, records);
  equalRecords(await read(store), records, `records under ${show(id)}`);
  await t.close(store);
  const next = await t.open(id);
  equal(await next.head(), head, `head under ${show(id)}`);
  equalRecords(await read(next), records, `records under ${show(id)}`);
  await t.close(next);
  equal(
    (await t.storage.list()).filter((listed) => listed === id).length,
    1,
    `times that ${show(id)} is listed`,
  );
  await t.storage.delete(id);
  equal((await t.storage.list()).includes(id), false, `${show(id)} is listed after its deletion`);
  const again = await t.open(id);
  equal(await again.head(), null, `head under ${show(id)} after its deletion`);
}

export const idCases: Case[] = cases(
  "ids",
  Object.fromEntries(
    Object.entries(NASTY).map(([name, id]) => [
      `a store lives under an id ${name}`,
      (t) => livesUnder(t, id),
    ]) satisfies Array<[string, Case["body"]]>,
  ),
);
