import type { Command } from "./command.js";

/** Commands in the order of their calls. Commands that were withdrawn stay until they are passed, but not for long. */
export class CommandQueue {
  private commands: Command[] = [];
  private head = 0;
  private withdrawn = 0;

  push(command: Command): void {
    this.commands.push(command);
  }

  /** Puts commands back in front of all others: into the places that they were taken from, where these are still there. */
  putBack(commands: readonly Command[]): void {
    const start = this.head - commands.length;
    if (start < 0) {
      this.commands = [...commands, ...this.commands.slice(this.head)];
      this.head = 0;
      return;
    }
    for (const [i, command] of commands.entries()) {
      this.commands[start + i] = command;
    }
    this.head = start;
  }

  /** The first command that still waits, `undefined` where none does. */
  first(): Command | undefined {
    while (this.head < this.commands.length) {
      const command = this.commands[this.head] as Command;
      if (!command.settled) {
        return command;
      }
      this.take(1);
    }
    return undefined;
  }

  /** The command `index` places behind the first, whether it still waits or not. */
  peek(index: number): Command | undefined {
    return this.commands[this.head + index];
  }

  /** Removes commands from the front. */
  take(count: number): void {
    this.head += count;
    if (this.head >= this.commands.length) {
      this.commands = [];
      this.head = 0;
      this.withdrawn = 0;
    } else if (this.head >= 1024 && this.head * 2 >= this.commands.length) {
      this.commands = this.commands.slice(this.head);
      this.head = 0;
    }
  }

  /** A waiting command was settled: many of them must not pile up behind a commit that takes long. */
  noteWithdrawn(): void {
    this.withdrawn += 1;
    if (this.withdrawn >= 256 && this.withdrawn * 2 >= this.commands.length - this.head) {
      this.commands = this.commands.slice(this.head).filter((command) => !command.settled);
      this.head = 0;
      this.withdrawn = 0;
    }
  }

  /** Removes and answers everything that still waits. */
  drain(): Command[] {
    const rest = this.commands.slice(this.head).filter((command) => !command.settled);
    this.take(this.commands.length);
    return rest;
  }
}
