/*
 * The plain class behind the checks of arguments that the runtime makes: types, own fields read once, unknown fields, blank
 * and lone surrogates, sizes in UTF-8, integers. (Whatever a getter or a proxy may do is not guarded against.)
 */
import { PlainRuntime, Refusal } from "./plain.mjs";

const MAX_TEXT_BYTES = 16 * 1024 * 1024;
const MAX_ID_BYTES = 256;
const BLANK = /^\p{White_Space}*$/u;

const refuse = (path, problem) => {
  throw new Refusal("invalid_request", `${path} ${problem}`);
};

function object(value, path) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(path, "must be an object");
  return value;
}

function own(holder, key) {
  return Object.hasOwn(holder, key) ? holder[key] : undefined;
}

const wellFormed =
  String.prototype.isWellFormed === undefined
    ? (text) => !/\p{Surrogate}/u.test(text)
    : (text) => text.isWellFormed();

function text(value, path) {
  if (typeof value !== "string") refuse(path, "must be a string");
  if (value.length * 3 > MAX_TEXT_BYTES && new TextEncoder().encode(value).length > MAX_TEXT_BYTES)
    refuse(path, "is too long");
  if (!wellFormed(value)) refuse(path, "contains a lone surrogate");
  return value;
}

function filled(value, path) {
  if (BLANK.test(text(value, path))) refuse(path, "must not be blank");
  return value;
}

function integer(value, path) {
  if (!Number.isSafeInteger(value) || value < 0) refuse(path, "must be an integer from 0 on");
  return value;
}

function onlyFields(holder, known) {
  for (const key in holder) {
    if (!known.includes(key) && Object.hasOwn(holder, key) && holder[key] !== undefined)
      refuse(key, "is an unknown field");
  }
}

function readRef(value) {
  const ref = object(value, "worker");
  return {
    runtimeId: text(own(ref, "runtimeId"), "runtimeId"),
    workerId: text(own(ref, "workerId"), "workerId"),
  };
}

const CONTENT_FIELDS = ["kind", "content"];

function readContent(value, kinds) {
  const holder = object(value, "content");
  const kind = own(holder, "kind");
  if (!kinds.includes(kind)) refuse("kind", "is unknown");
  const content = filled(own(holder, "content"), "content");
  onlyFields(holder, CONTENT_FIELDS);
  return { kind, content };
}

function checkOptions(value) {
  if (value === undefined) return;
  const options = object(value, "options");
  const operationId = own(options, "operationId");
  if (
    operationId !== undefined &&
    new TextEncoder().encode(filled(operationId, "operationId")).length > MAX_ID_BYTES
  )
    refuse("operationId", "is too long");
}

const INPUT_KINDS = ["user", "system"];
const OUTPUT_KINDS = ["assistant", "tool"];
const REQUEST_FIELDS = [
  "intent",
  "profile",
  "configBundle",
  "requestedCapabilities",
  "workspaceRefs",
  "mountRefs",
];

const INTENT_FIELDS = {
  assistant: ["kind", "purpose"],
  task: ["kind", "objective"],
  role: ["kind", "role", "purpose"],
};
const PROFILE_FIELDS = { runtime_default: ["kind"], builtin: ["kind", "value"], named: ["kind", "value"] };

function readTagged(value, path, fieldsOf, mayBeBlank) {
  const holder = object(value, path);
  const kind = own(holder, "kind");
  const fields =
    typeof kind === "string" && Object.hasOwn(fieldsOf, kind) ? fieldsOf[kind] : refuse(path, "is unknown");
  onlyFields(holder, fields);
  const read = { kind };
  for (const field of fields.slice(1)) {
    const found = own(holder, field);
    if (mayBeBlank.includes(field)) {
      if (found !== undefined) read[field] = text(found, field);
    } else read[field] = filled(found, field);
  }
  return read;
}

function readList(value, path, required, other) {
  if (!Array.isArray(value)) refuse(path, "must be a list");
  return value.map((item) => {
    const holder = object(item, path);
    onlyFields(holder, [required, other]);
    const read = { [required]: filled(own(holder, required), required) };
    const found = own(holder, other);
    if (found !== undefined) read[other] = text(found, other);
    else if (other === "reference") refuse(other, "is missing");
    return read;
  });
}

function readRequest(value) {
  if (value === undefined) return undefined;
  const holder = object(value, "request");
  onlyFields(holder, REQUEST_FIELDS);
  const request = {};
  const read = (field, reader) => {
    const found = own(holder, field);
    if (found !== undefined) request[field] = reader(found);
  };
  read("intent", (found) => readTagged(found, "intent", INTENT_FIELDS, ["purpose"]));
  read("profile", (found) => readTagged(found, "profile", PROFILE_FIELDS, []));
  read("configBundle", (found) => {
    onlyFields(object(found, "configBundle"), ["id"]);
    return { id: filled(own(found, "id"), "id") };
  });
  read("requestedCapabilities", (found) => readList(found, "requestedCapabilities", "name", "reason"));
  read("workspaceRefs", (found) => readList(found, "workspaceRefs", "name", "reference"));
  read("mountRefs", (found) => readList(found, "mountRefs", "name", "reference"));
  return request;
}

/** What reading arguments threw becomes the promise's rejection; no second promise is made around the first. */
function rejecting(call) {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error);
  }
}

export class ValidatedRuntime extends PlainRuntime {
  createWorker(request, options) {
    return rejecting(() => {
      const read = readRequest(request);
      checkOptions(options);
      return super.createWorker(read);
    });
  }

  sendInput(worker, input, options) {
    return rejecting(() => {
      const ref = readRef(worker);
      const content = readContent(input, INPUT_KINDS);
      checkOptions(options);
      return super.sendInput(ref, content);
    });
  }

  recordOutput(worker, output, options) {
    return rejecting(() => {
      const ref = readRef(worker);
      const content = readContent(output, OUTPUT_KINDS);
      checkOptions(options);
      return super.recordOutput(ref, content);
    });
  }

  workerDetail(worker) {
    return super.workerDetail(readRef(worker));
  }

  transcriptProjection(worker, query) {
    return rejecting(() => {
      const ref = readRef(worker);
      const holder = object(query, "query");
      const start = integer(own(holder, "start"), "start");
      const limit = integer(own(holder, "limit"), "limit");
      return super.transcriptProjection(ref, { start, limit });
    });
  }

  readEvents(cursor, limit) {
    return rejecting(() => {
      const holder = object(cursor, "cursor");
      const runtimeId = text(own(holder, "runtimeId"), "runtimeId");
      const nextEventId = integer(own(holder, "nextEventId"), "nextEventId");
      return super.readEvents({ runtimeId, nextEventId }, integer(limit, "limit"));
    });
  }
}

export const Runtime = ValidatedRuntime;
