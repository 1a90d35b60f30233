import { RuntimeError } from "../api/errors.js";
import type { RuntimeDiagnostic, RuntimeEvent, TranscriptEntry } from "../api/observation.js";
import { reading } from "../arguments/read.js";
import { abortReason, isAborted, readSignalOption, type Signal } from "../arguments/signals.js";
import type { OperationRecord } from "../core/boundary.js";
import { unlessAborted } from "../durable/host-storage.js";
import type { Engine } from "../engine.js";
import { eventBatch } from "../paging.js";
import { own } from "../storage/own.js";
import { LineChecksum } from "./checksum.js";
import {
  type DiagnosticLine,
  type EventLine,
  type ExportLine,
  FORMAT,
  type HeaderLine,
  VERSION,
} from "./format.js";

/** Events are read in pages of this many. */
const PAGE_ITEMS = 256;

/**
 * Entries are read with the others of their Worker that the page of events has, as long as no more UTF-16 code units than
 * these wait for their lines; beyond that, one by one. A page of a transcript has at most as many bytes, or one entry.
 */
const READ_AHEAD_UNITS = 16 * 1024 * 1024;

/** What was read of a Worker's transcript. */
interface Transcript {
  /** How many entries were read so far. */
  read: number;
  /** How many more the page of events has. */
  wanted: number;
  /** Those that were read and not yet exported, the next one last. */
  waiting: TranscriptEntry[];
}

/** The Worker whose transcript has an entry behind this event. */
function speakerOf(event: RuntimeEvent): string | undefined {
  const { kind } = event;
  return kind === "worker_input_accepted" || kind === "worker_output_recorded"
    ? own(event, "workerRef")?.workerId
    : undefined;
}

function aborted(signal: Signal): RuntimeError {
  return new RuntimeError("the caller gave up the export", {
    code: "storage_failed",
    cause: abortReason(signal),
  });
}

/** Reads what an export needs, bounded by the state at its beginning. */
class Exporter {
  readonly counts = { events: 0, workers: 0, entries: 0, diagnostics: 0, operations: 0 };
  private readonly engine: Engine;
  private readonly signal: Signal | undefined;
  private readonly lastEventId: number;
  private readonly diagnosticCount: number;
  /** Read at once: those that are forgotten while the export goes on are exported all the same. */
  private readonly operations: readonly OperationRecord[];
  private readonly header: HeaderLine;
  private readonly transcripts = new Map<string, Transcript>();
  private waitingUnits = 0;

  constructor(engine: Engine, signal: Signal | undefined) {
    this.engine = engine;
    this.signal = signal;
    this.check();
    const summary = engine.handle.summary();
    const { runtimeId, limits, diagnosticCount } = summary;
    const displayName = own(summary, "displayName");
    this.lastEventId = engine.handle.lastEventId();
    this.diagnosticCount = diagnosticCount;
    this.operations = engine.handle.operations();
    this.header = {
      type: "header",
      format: FORMAT,
      version: VERSION,
      runtimeId,
      ...(displayName === undefined ? {} : { displayName }),
      limits,
    };
  }

  /** Throws where the runtime takes no more calls, or the caller gave up. */
  check(): void {
    this.engine.check();
    if (this.signal !== undefined && isAborted(this.signal)) {
      throw aborted(this.signal);
    }
  }

  /** Waits for what has to be read, but no longer than until the caller gives up. */
  private waitFor<T>(read: T | Promise<T>): T | Promise<T> {
    return read instanceof Promise ? unlessAborted(read, this.signal, aborted) : read;
  }

  async *lines(): AsyncGenerator<ExportLine, void, undefined> {
    yield this.header;
    for (let next = 1; next <= this.lastEventId; ) {
      const limit = Math.min(PAGE_ITEMS, this.lastEventId + 1 - next);
      const batch = eventBatch(this.engine, next, limit, false);
      const { events, cursor } = await this.waitFor(batch);
      for (const event of events) {
        const workerId = speakerOf(event);
        if (workerId !== undefined) {
          this.transcript(workerId).wanted += 1;
        }
      }
      for (const event of events) {
        const workerId = speakerOf(event);
        const entry = workerId === undefined ? undefined : await this.entryOf(workerId);
        this.check();
        yield this.eventLine(event, entry);
      }
      next = cursor.nextEventId;
    }
    this.check();
    for (const diagnostic of this.engine.handle.diagnostics().slice(0, this.diagnosticCount)) {
      this.check();
      this.counts.diagnostics += 1;
      yield diagnosticLine(diagnostic);
    }
    for (const operation of this.operations) {
      this.counts.operations += 1;
      yield { type: "operation", ...operation };
    }
  }

  private transcript(workerId: string): Transcript {
    let transcript = this.transcripts.get(workerId);
    if (transcript === undefined) {
      transcript = { read: 0, wanted: 0, waiting: [] };
      this.transcripts.set(workerId, transcript);
    }
    return transcript;
  }

  /** The entry behind an event, which is the next of its Worker's transcript. */
  private async entryOf(workerId: string): Promise<TranscriptEntry | undefined> {
    const transcript = this.transcript(workerId);
    if (transcript.waiting.length === 0) {
      await this.readAhead(workerId, transcript);
    }
    const { waiting } = transcript;
    const entry = waiting.pop();
    this.waitingUnits -= entry?.content.length ?? 0;
    return entry;
  }

  private async readAhead(workerId: string, transcript: Transcript): Promise<void> {
    this.check();
    const { read, wanted } = transcript;
    const worker = this.engine.handle.resolve(this.engine.runtimeId, workerId);
    const limit = this.waitingUnits < READ_AHEAD_UNITS ? wanted : 1;
    const page = this.engine.page((handle) => handle.transcriptPage(worker, read, limit, false));
    const { items } = await this.waitFor(page);
    transcript.read += items.length;
    transcript.wanted -= items.length;
    transcript.waiting = items.reverse();
    for (const { content } of items) {
      this.waitingUnits += content.length;
    }
  }

  private eventLine(event: RuntimeEvent, entry: TranscriptEntry | undefined): EventLine {
    const { id, kind, message, recordedAt } = event;
    const workerRef = own(event, "workerRef");
    const line: EventLine = { type: "event", id, kind, message, recordedAt };
    this.counts.events += 1;
    if (workerRef !== undefined) {
      line.workerId = workerRef.workerId;
      if (kind === "worker_created") {
        this.counts.workers += 1;
        const worker = this.engine.handle.resolve(workerRef.runtimeId, workerRef.workerId);
        const detail = this.engine.handle.workerDetail(worker);
        const { intent, profile, requestedCapabilities, workspaceRefs, mountRefs } = detail;
        const configBundle = own(detail, "configBundle");
        line.request = {
          intent,
          profile,
          ...(configBundle === undefined ? {} : { configBundle }),
          requestedCapabilities,
          workspaceRefs,
          mountRefs,
        };
      }
    }
    if (entry !== undefined) {
      this.counts.entries += 1;
      line.entry = { sequence: entry.sequence, role: entry.role, content: entry.content };
    }
    return line;
  }
}

function diagnosticLine(diagnostic: RuntimeDiagnostic): DiagnosticLine {
  const { id, severity, code, message } = diagnostic;
  const workerRef = own(diagnostic, "workerRef");
  return {
    type: "diagnostic",
    id,
    severity,
    code,
    message,
    ...(workerRef === undefined ? {} : { workerId: workerRef.workerId }),
  };
}

/**
 * The lines of a runtime as it is at the first `next` of each pass, without line terminators. `engineOf` is held for as long
 * as the lines are, and throws where there is no engine.
 */
export function exportLines(engineOf: () => Engine, options: unknown): AsyncIterable<string> {
  let signal: Signal | undefined;
  let malformed: { error: unknown } | undefined;
  try {
    signal = reading(() => readSignalOption(options));
  } catch (error) {
    malformed = { error };
  }
  const pass = async function* (): AsyncGenerator<string, void, undefined> {
    const engine = engineOf();
    engine.check();
    if (malformed !== undefined) {
      throw malformed.error;
    }
    const exporter = new Exporter(engine, signal);
    const checksum = new LineChecksum();
    for await (const line of exporter.lines()) {
      const text = JSON.stringify(line);
      checksum.add(text);
      yield text;
      exporter.check();
    }
    yield JSON.stringify({ type: "trailer", ...exporter.counts, crc32: checksum.value() });
  };
  return { [Symbol.asyncIterator]: pass };
}
