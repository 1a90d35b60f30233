/** The package against the declarations that programs outside the project rely on: each side stands in for the other. */
import type * as Package from "worker-runtime";
import type * as IndexedDb from "worker-runtime/indexeddb";
import type * as NodeFs from "worker-runtime/node-fs";
import type * as Slim from "worker-runtime/slim";
import type * as Testing from "worker-runtime/testing";
import type * as Api from "./API.js";

/** Compiles only where `Given` can be used wherever `Wanted` is. */
type Serves<Wanted, Given extends Wanted> = [Wanted, Given];

/** Compiles only where each can be used for the other. */
type Same<One extends Other, Other extends Back, Back = One> = [One, Other];

export type Values = [
  Serves<typeof Api.initWasm, typeof Package.initWasm>,
  Serves<typeof Api.memoryStorage, typeof Package.memoryStorage>,
  Serves<typeof Api.RuntimeError, typeof Package.RuntimeError>,
  Serves<typeof Api.StorageRejected, typeof Package.StorageRejected>,
  Serves<typeof Api.StorageLost, typeof Package.StorageLost>,
  Serves<typeof Api.indexedDbStorage, typeof IndexedDb.indexedDbStorage>,
  Serves<typeof Api.nodeFsStorage, typeof NodeFs.nodeFsStorage>,
  Serves<typeof Api.storageConformance, typeof Testing.storageConformance>,
  Serves<typeof Api.faultyStorage, typeof Testing.faultyStorage>,
  Serves<typeof Package, typeof Slim>,
  Serves<typeof Slim, typeof Package>,
];

/** A private constructor makes a class a type of its own; everything else of it is compared. */
export type Statics = [
  Serves<
    Omit<typeof Api.Runtime, "prototype" | "create" | "open">,
    Omit<typeof Package.Runtime, "prototype">
  >,
  Serves<Parameters<typeof Api.Runtime.create>, Parameters<typeof Package.Runtime.create>>,
  Serves<Parameters<typeof Package.Runtime.create>, Parameters<typeof Api.Runtime.create>>,
  Serves<Parameters<typeof Api.Runtime.open>, Parameters<typeof Package.Runtime.open>>,
  Serves<Parameters<typeof Package.Runtime.open>, Parameters<typeof Api.Runtime.open>>,
  Serves<Awaited<ReturnType<typeof Api.Runtime.create>>, Awaited<ReturnType<typeof Package.Runtime.create>>>,
  Serves<Awaited<ReturnType<typeof Api.Runtime.open>>, Awaited<ReturnType<typeof Package.Runtime.open>>>,
];

/** What a caller hands in and gets back: the same on both sides. */
export type Data = [
  Same<Api.RuntimeId, Package.RuntimeId>,
  Same<Api.WorkerId, Package.WorkerId>,
  Same<Api.WorkerRef, Package.WorkerRef>,
  Same<Api.WorkerIntent, Package.WorkerIntent>,
  Same<Api.ProfileSelector, Package.ProfileSelector>,
  Same<Api.ConfigBundleRef, Package.ConfigBundleRef>,
  Same<Api.CapabilityRequest, Package.CapabilityRequest>,
  Same<Api.ResourceRef, Package.ResourceRef>,
  Same<Api.CreateWorkerRequest, Package.CreateWorkerRequest>,
  Same<Api.WorkerStatus, Package.WorkerStatus>,
  Same<Api.WorkerSummary, Package.WorkerSummary>,
  Same<Api.WorkerDetail, Package.WorkerDetail>,
  Same<Api.WorkerLifecycleAck, Package.WorkerLifecycleAck>,
  Same<Api.WorkerInput, Package.WorkerInput>,
  Same<Api.WorkerOutput, Package.WorkerOutput>,
  Same<Api.WorkerInteractionAck, Package.WorkerInteractionAck>,
  Same<Api.TranscriptRole, Package.TranscriptRole>,
  Same<Api.TranscriptEntry, Package.TranscriptEntry>,
  Same<Api.TranscriptQuery, Package.TranscriptQuery>,
  Same<Api.TranscriptProjection, Package.TranscriptProjection>,
  Same<Api.EventCursor, Package.EventCursor>,
  Same<Api.RuntimeEventKind, Package.RuntimeEventKind>,
  Same<Api.RuntimeEvent, Package.RuntimeEvent>,
  Same<Api.RuntimeEventBatch, Package.RuntimeEventBatch>,
  Same<Api.EventSubscription, Package.EventSubscription>,
  Same<Api.RuntimeDiagnostic, Package.RuntimeDiagnostic>,
  Same<Api.RuntimeLimits, Package.RuntimeLimits>,
  Same<Api.RuntimeOptions, Package.RuntimeOptions>,
  Same<Api.OpenOptions, Package.OpenOptions>,
  Same<Api.MutationOptions, Package.MutationOptions>,
  Same<Api.RuntimeStatus, Package.RuntimeStatus>,
  Same<Api.RuntimeSummary, Package.RuntimeSummary>,
  Same<Api.RuntimeView, Package.RuntimeView>,
  Same<Api.RuntimeErrorCode, Package.RuntimeErrorCode>,
  Same<Api.RuntimeError, Package.RuntimeError>,
  Same<Api.StorageOp, Package.StorageOp>,
  Same<Api.StorageCommit, Package.StorageCommit>,
  Same<Api.RuntimeStore, Package.RuntimeStore>,
  Same<Api.RuntimeStorage, Package.RuntimeStorage>,
  Same<Api.StorageRejected, Package.StorageRejected>,
  Same<Api.StorageLost, Package.StorageLost>,
  Same<Api.Fate, Testing.Fate>,
];
