import { invalidRequest, RuntimeError } from "../api/errors.js";
import type { RuntimeLimits } from "../api/management.js";
import type { RuntimeDiagnostic } from "../api/observation.js";
import type { RuntimeArguments } from "../arguments/options.js";
import { integerValue, objectValue, snapshot } from "../arguments/read.js";
import { readCreateRequest } from "../arguments/requests.js";
import { idValue, textValue } from "../arguments/text.js";
import type { ImportedEvent, OperationRecord } from "../core/boundary.js";
import type { Remark } from "../core/vocabulary.js";
import { own } from "../storage/own.js";
import { FORMAT, VERSION } from "./format.js";
import { invalidLine, type LineReader, type RawLine } from "./lines.js";

/** Where an export is read into. Its methods reject with the `RuntimeError` that ends the import. */
export interface ImportTarget {
  /** What is remarked where a loss was accepted, which follows from no event. */
  readonly lossAccepted: Remark;
  /** Records the next event anew. */
  event(event: ImportedEvent): Promise<void>;
  /** The diagnostics that follow from all events. */
  diagnostics(): Promise<RuntimeDiagnostic[]>;
  /** Makes the runtime count. `losses`: the places of accepted losses among the diagnostics. */
  finish(operations: OperationRecord[], losses: number[]): Promise<void>;
}

/** What lines of a type may be followed by is what stands behind it. */
const ORDER = ["header", "event", "diagnostic", "operation", "trailer"];

/** Reads the first line. */
export async function readHeader(lines: LineReader): Promise<RuntimeArguments & { runtimeId: string }> {
  const header = await lines.next();
  if (header?.type !== "header" || header.format !== FORMAT) {
    throw invalidLine(1, "is not the header of an export");
  }
  if (header.version !== VERSION) {
    const version = typeof header.version === "number" ? header.version : "of no form";
    throw invalidLine(lines.number, `has version ${version}; this package reads ${VERSION}`);
  }
  try {
    const { displayName } = header;
    const limits = objectValue(header.limits, "limits");
    const limit = (name: keyof RuntimeLimits): number => integerValue(limits[name], `limits.${name}`);
    return snapshot({
      runtimeId: idValue(header.runtimeId, "runtimeId"),
      ...(displayName === undefined ? {} : { displayName: textValue(displayName, "displayName") }),
      maxTranscriptProjectionItems: limit("maxTranscriptProjectionItems"),
      maxEventBatchItems: limit("maxEventBatchItems"),
    });
  } catch (cause) {
    throw invalidLine(lines.number, "has a malformed field", cause);
  }
}

function eventOf({ id, kind, message, recordedAt, workerId, entry, request }: RawLine): ImportedEvent {
  return {
    id: integerValue(id, "id"),
    kind: textValue(kind, "kind"),
    message: textValue(message, "message"),
    recordedAt: integerValue(recordedAt, "recordedAt"),
    workerId: workerId === undefined ? undefined : textValue(workerId, "workerId"),
    entry: entry === undefined ? undefined : entryOf(objectValue(entry, "entry")),
    request: request === undefined ? undefined : readCreateRequest(request),
  };
}

function entryOf({ sequence, role, content }: Readonly<Record<string, unknown>>): {
  sequence: number;
  role: string;
  content: string;
} {
  return {
    sequence: integerValue(sequence, "entry.sequence"),
    role: textValue(role, "entry.role"),
    content: textValue(content, "entry.content"),
  };
}

function operationOf({ key, fingerprint, workerId, eventId, kind, sequence }: RawLine): OperationRecord {
  return {
    key: textValue(key, "key"),
    fingerprint: textValue(fingerprint, "fingerprint"),
    workerId: textValue(workerId, "workerId"),
    eventId: integerValue(eventId, "eventId"),
    kind: textValue(kind, "kind") as OperationRecord["kind"],
    ...(sequence === undefined ? {} : { sequence: integerValue(sequence, "sequence") }),
  };
}

/** Reads everything after the header into `target`, and finishes it once all of it is verified. */
export async function readBody(lines: LineReader, target: ImportTarget): Promise<void> {
  const body = new Body(lines, target);
  await body.read();
}

/** A request is written with its defaults filled in; what the fields hold is for the core to check. */
function checkRequest(value: unknown): void {
  const request = objectValue(value, "request");
  for (const name of ["intent", "profile"]) {
    objectValue(request[name], `request.${name}`);
  }
  for (const name of ["requestedCapabilities", "workspaceRefs", "mountRefs"]) {
    if (!Array.isArray(request[name])) {
      throw invalidRequest(`request.${name}`, "must be a list");
    }
  }
}

class Body {
  private readonly lines: LineReader;
  private readonly target: ImportTarget;
  private readonly counts = { events: 0, workers: 0, entries: 0, diagnostics: 0, operations: 0 };
  /** Diagnostics that are still to come. */
  private expected: RuntimeDiagnostic[] | null = null;
  private matched = 0;
  private readonly losses: number[] = [];
  private readonly operations: OperationRecord[] = [];

  constructor(lines: LineReader, target: ImportTarget) {
    this.lines = lines;
    this.target = target;
  }

  async read(): Promise<void> {
    let stage = 1;
    for (;;) {
      const line = await this.lines.next();
      if (line === undefined) {
        throw invalidLine(this.lines.number + 1, "is missing: the export ends before its trailer");
      }
      const type = ORDER.indexOf(line.type as string);
      if (type < stage || (stage === 1 && type > 1 && this.counts.events === 0)) {
        throw this.invalid("has an unknown type, or stands where it must not");
      }
      stage = type;
      if (type === 4) {
        await this.trailer(line);
        return;
      }
      await this.line(type, line);
    }
  }

  private async line(type: number, line: RawLine): Promise<void> {
    if (type === 1) {
      await this.event(line);
    } else if (type === 2) {
      await this.diagnostic(line);
    } else {
      this.counts.operations += 1;
      this.operations.push(this.operation(line));
    }
  }

  private async event(line: RawLine): Promise<void> {
    this.counts.events += 1;
    try {
      const event = eventOf(line);
      if (event.kind === "worker_created") {
        this.counts.workers += 1;
        checkRequest(line.request);
      } else if (event.kind === "worker_input_accepted" || event.kind === "worker_output_recorded") {
        this.counts.entries += 1;
      }
      await this.target.event(event);
    } catch (error) {
      throw this.refusal(error, "does not follow from the lines before it");
    }
  }

  private operation(line: RawLine): OperationRecord {
    try {
      return operationOf(line);
    } catch (error) {
      throw this.refusal(error, "is malformed");
    }
  }

  private async diagnostic(line: RawLine): Promise<void> {
    this.counts.diagnostics += 1;
    const place = this.losses.length + this.matched;
    if (line.id !== place + 1) {
      throw this.invalid("is out of order");
    }
    let expected: Omit<RuntimeDiagnostic, "id"> | undefined = this.target.lossAccepted;
    if (line.code === expected.code) {
      this.losses.push(place);
    } else {
      expected = (await this.expectedDiagnostics())[this.matched];
      this.matched += 1;
    }
    if (
      expected === undefined ||
      line.severity !== expected.severity ||
      line.code !== expected.code ||
      line.message !== expected.message ||
      line.workerId !== own(expected, "workerRef")?.workerId
    ) {
      throw this.invalid("does not follow from the events");
    }
  }

  private async trailer(line: RawLine): Promise<void> {
    if (this.matched !== (await this.expectedDiagnostics()).length) {
      throw this.invalid("comes before all diagnostics");
    }
    for (const [name, count] of Object.entries(this.counts)) {
      if ((line as Record<string, unknown>)[name] !== count) {
        throw this.invalid(`counts ${name} otherwise`);
      }
    }
    if (line.crc32 !== this.lines.checksumBefore) {
      throw this.invalid("has another checksum");
    }
    if ((await this.lines.next()) !== undefined) {
      throw this.invalid("follows the trailer");
    }
    try {
      await this.target.finish(this.operations, this.losses);
    } catch (error) {
      throw this.refusal(error, "ends what does not fit together");
    }
  }

  private async expectedDiagnostics(): Promise<RuntimeDiagnostic[]> {
    this.expected ??= await this.target.diagnostics();
    return this.expected;
  }

  private invalid(problem: string): RuntimeError {
    return invalidLine(this.lines.number, problem);
  }

  /** What the core refuses to record is invalid input; what the storage says is not. */
  private refusal(error: unknown, problem: string): unknown {
    const isStorage =
      error instanceof RuntimeError &&
      (error.code.startsWith("storage_") || error.code === "runtime_poisoned");
    return isStorage || !(error instanceof RuntimeError)
      ? error
      : invalidLine(this.lines.number, problem, error);
  }
}
