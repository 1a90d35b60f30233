import { RuntimeError } from "../api/errors.js";
import type { Handle } from "../core/handle.js";
import { type Command, CREATE } from "./command.js";
import { storageFailed } from "./ended.js";
import type { CommandQueue } from "./queue.js";

/** A commit has at most this many mutations. */
export const MAX_COMMANDS = 256;
/** A run stops where its texts have about this many bytes: what its commit has no room for is sent again with the next one. */
const MAX_RUN_BYTES = 128 * 1024;

const NO_OPERATION = 0xffff_ffff;
const ACCEPTED = 0;
const NUMBERS_PER_COMMAND = 4;
const WORDS_PER_COMMAND = 6;

/** One run is written at a time, and nothing waits while it is. */
const table = new Uint32Array(1 + MAX_COMMANDS * WORDS_PER_COMMAND);

/** How many bytes a UTF-16 code unit took in the last run, which the next one is likely to be like. */
let bytesPerUnit = 1;

/**
 * Executes the interactions at the front of the queue, at most `limit`, in the open transaction, and moves those that
 * were taken to `group`. Answers whether all were taken; those that were not wait for the next transaction.
 */
export function executeRun(handle: Handle, queue: CommandQueue, limit: number, group: Command[]): boolean {
  const first = group.length;
  let text = "";
  let words = 1;
  let passed = 0;
  while (group.length - first < limit) {
    const command = queue.peek(passed);
    if (command === undefined || command.code >= CREATE) {
      break;
    }
    if (command.settled) {
      passed += 1;
      continue;
    }
    const content = command.text as string;
    const bytes = (text.length + content.length) * bytesPerUnit;
    if (group.length > first && (command.alone || bytes > MAX_RUN_BYTES)) {
      break;
    }
    const { operationId } = command;
    // One that was not known at the call may have been created since.
    const worker = command.worker || handle.ids.number(command.runtimeId, command.workerId);
    table[words] = command.code;
    table[words + 1] = worker;
    words += 2;
    if (worker === 0) {
      table[words] = command.runtimeId.length;
      table[words + 1] = command.workerId.length;
      words += 2;
      text += command.runtimeId + command.workerId;
    }
    table[words] = operationId === undefined ? NO_OPERATION : operationId.length;
    table[words + 1] = content.length;
    words += 2;
    text += operationId === undefined ? content : operationId + content;
    group.push(command);
    passed += 1;
    if (command.alone) {
      break;
    }
  }
  const count = group.length - first;
  table[0] = count;
  const { exchange } = handle.instance;
  const textBytes = exchange.send(table, words, text);
  bytesPerUnit = text === "" ? 1 : textBytes / text.length;
  let taken = count;
  try {
    taken = handle.execute(textBytes, Date.now());
    readResults(handle, group, first, taken);
  } catch (error) {
    refuseAll(handle, group, first, error);
  }
  exchange.trim();
  if (taken === count) {
    queue.take(passed);
    return true;
  }
  takeSome(queue, group, first + taken);
  return false;
}

function readResults(handle: Handle, group: readonly Command[], first: number, taken: number): void {
  const { exchange } = handle.instance;
  const numbers = exchange.outNumbers();
  let at = exchange.outStart();
  let refused: Array<{ command: Command; index: number }> | undefined;
  for (let i = first; i < first + taken; i++) {
    const command = group[i] as Command;
    if (numbers[at] === ACCEPTED) {
      command.eventId = numbers[at + 1] as number;
      command.sequence = numbers[at + 2] as number;
    } else {
      refused ??= [];
      refused.push({ command, index: numbers[at + 1] as number });
    }
    at += NUMBERS_PER_COMMAND;
  }
  if (refused !== undefined) {
    for (const { command, index } of refused) {
      command.refusal = handle.takeError(index);
    }
  }
}

/** The run was refused as a whole, nothing of it was executed: the module's memory is full. */
function refuseAll(handle: Handle, group: readonly Command[], first: number, error: unknown): void {
  if (handle.instance.poisoned || !(error instanceof RuntimeError)) {
    throw error;
  }
  for (const command of group.slice(first)) {
    command.refusal = storageFailed(error.message, "not_applied");
  }
}

/** Cuts the group where the transaction was full, and removes from the queue what stays in it. */
function takeSome(queue: CommandQueue, group: Command[], length: number): void {
  const next = group[length] as Command;
  group.length = length;
  let count = 0;
  while (queue.peek(count) !== next) {
    count += 1;
  }
  queue.take(count);
}
