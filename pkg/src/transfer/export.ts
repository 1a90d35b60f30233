import { RuntimeError } from "../api/errors.js";
import type { RuntimeDiagnostic, RuntimeEvent, TranscriptEntry } from "../api/observation.js";
import { reading } from "../arguments/read.js";
import { abortReason, isAborted, readSignalOption, type Signal } from "../arguments/signals.js";
import type { OperationRecord } from "../core/boundary.js";
import { unlessAborted } from "../durable/host-storage.js";
import type { Engine } from "../engine.js";
import { entryPage, eventBatch } from "../paging.js";
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
  /** How many entries of each Worker have been exported. */
  private readonly exported = new Map<string, number>();

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
      const entries = await this.entriesOf(events);
      for (const event of events) {
        this.check();
        yield this.eventLine(event, entries);
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

  /** The transcript entries behind some consecutive events, by event id: one page for each Worker among them. */
  private async entriesOf(events: readonly RuntimeEvent[]): Promise<Map<number, TranscriptEntry>> {
    const wanted = new Map<string, number>();
    for (const event of events) {
      const { kind } = event;
      const workerRef = own(event, "workerRef");
      if (
        workerRef !== undefined &&
        (kind === "worker_input_accepted" || kind === "worker_output_recorded")
      ) {
        wanted.set(workerRef.workerId, (wanted.get(workerRef.workerId) ?? 0) + 1);
      }
    }
    const entries = new Map<number, TranscriptEntry>();
    for (const [workerId, count] of wanted) {
      this.check();
      const worker = this.engine.handle.resolve(this.engine.runtimeId, workerId);
      const start = this.exported.get(workerId) ?? 0;
      const page = entryPage(this.engine, worker, start, count, false);
      for (const item of (await this.waitFor(page)).items) {
        entries.set(item.eventId, item);
      }
      this.exported.set(workerId, start + count);
    }
    return entries;
  }

  private eventLine(event: RuntimeEvent, entries: ReadonlyMap<number, TranscriptEntry>): EventLine {
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
    const entry = entries.get(id);
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
