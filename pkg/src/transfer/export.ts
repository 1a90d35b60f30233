import { RuntimeError } from "../api/errors.js";
import type { RuntimeDiagnostic, RuntimeEvent } from "../api/observation.js";
import { reading } from "../arguments/read.js";
import { abortReason, isAborted, readSignalOption, type Signal } from "../arguments/signals.js";
import type { OperationRecord } from "../core/boundary.js";
import type { EntryPage } from "../core/pages.js";
import { unlessAborted } from "../durable/host-storage.js";
import { Spells } from "../durable/turn.js";
import type { Engine } from "../engine.js";
import { eventBatch } from "../paging.js";
import { own } from "../storage/own.js";
import { ReadAhead } from "./ahead.js";
import { LineChecksum } from "./checksum.js";
import {
  type DiagnosticLine,
  type EventLine,
  type ExportedEntry,
  type ExportLine,
  FORMAT,
  type HeaderLine,
  VERSION,
} from "./format.js";

/** Events and diagnostics are read in pages of this many. */
const PAGE_ITEMS = 256;

/**
 * Before their lines, events are looked through for whose entries they need: as many as there is room for, or fewer where
 * their messages have so many code units; in larger pages, of which nothing is kept.
 */
const WINDOW_UNITS = 8 * 1024 * 1024;
const WINDOW_PAGE_ITEMS = 4 * 1024;

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
  private readonly entries: ReadAhead;
  private readonly spells = new Spells();

  constructor(engine: Engine, signal: Signal | undefined) {
    this.engine = engine;
    this.signal = signal;
    this.check();
    const summary = engine.handle.summary();
    const { runtimeId, limits, workerCount, diagnosticCount } = summary;
    const displayName = own(summary, "displayName");
    this.lastEventId = engine.handle.lastEventId();
    this.diagnosticCount = diagnosticCount;
    this.entries = new ReadAhead(workerCount, (...wanted) => this.readEntries(...wanted));
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

  /** Lets others have their turn where it is due; throws as `check` does. */
  async goOn(): Promise<void> {
    const others = this.spells.goOn();
    if (others !== undefined) {
      await others;
    }
    this.check();
  }

  /** Waits for what has to be read, but no longer than until the caller gives up. */
  private waitFor<T>(read: T | Promise<T>): T | Promise<T> {
    return read instanceof Promise ? unlessAborted(read, this.signal, aborted) : read;
  }

  async *lines(): AsyncGenerator<ExportLine, void, undefined> {
    yield this.header;
    for (let next = 1, end = 1; next <= this.lastEventId; ) {
      if (next === end) {
        end = await this.lookAhead(next);
      }
      const batch = eventBatch(this.engine, next, Math.min(PAGE_ITEMS, end - next), false);
      const { events, cursor } = await this.waitFor(batch);
      for (const event of events) {
        const worker = this.speakerOf(event);
        const read = worker === 0 ? undefined : this.entries.next(worker);
        const entry = read instanceof Promise ? await read : read;
        this.check();
        yield this.eventLine(event, entry);
      }
      next = cursor.nextEventId;
    }
    for (let left = this.diagnosticCount; left > 0; left -= PAGE_ITEMS) {
      this.check();
      const page = this.engine.handle.diagnostics(this.counts.diagnostics, Math.min(PAGE_ITEMS, left));
      for (const diagnostic of page) {
        this.check();
        this.counts.diagnostics += 1;
        yield diagnosticLine(diagnostic);
      }
    }
    for (const operation of this.operations) {
      this.counts.operations += 1;
      yield { type: "operation", ...operation };
    }
  }

  /** The number of the Worker whose transcript has an entry behind this event, 0 where it has none. */
  private speakerOf(event: RuntimeEvent): number {
    const { kind } = event;
    if (kind !== "worker_input_accepted" && kind !== "worker_output_recorded") {
      return 0;
    }
    const { runtimeId, workers } = this.engine;
    return workers.number(runtimeId, own(event, "workerRef")?.workerId);
  }

  /** Reads the entries behind the events from `first` on, as far as there is room; the first event that it has not looked at. */
  private async lookAhead(first: number): Promise<number> {
    let next = first;
    this.entries.begin();
    for (let end = this.lastEventId + 1, units = 0; next < end && units < WINDOW_UNITS; ) {
      await this.goOn();
      const limit = Math.min(WINDOW_PAGE_ITEMS, end - next);
      const page = this.engine.page((handle) => handle.eventPage(next, limit, false)?.events());
      const events = await this.waitFor(page);
      for (const event of events) {
        const worker = this.speakerOf(event);
        if (worker !== 0) {
          this.entries.want(worker);
        }
        units += event.message.length;
      }
      next += events.length;
      await this.entries.sample();
      end = Math.min(end, first + Math.max(PAGE_ITEMS, this.entries.room()));
    }
    await this.entries.fill();
    return next;
  }

  private async readEntries(worker: number, start: number, limit: number): Promise<EntryPage> {
    await this.goOn();
    const page = this.engine.page((handle) => handle.transcriptPage(worker, start, limit, false));
    return this.waitFor(page);
  }

  private eventLine(event: RuntimeEvent, entry: ExportedEntry | undefined): EventLine {
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
      line.entry = entry;
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
      await exporter.goOn();
    }
    yield JSON.stringify({ type: "trailer", ...exporter.counts, crc32: checksum.value() });
  };
  return { [Symbol.asyncIterator]: pass };
}
