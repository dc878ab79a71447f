/**
 * A process that keeps a private server for tests, and ends it when this process ends in any way.
 * It carries out one order after the other, and answers each with `{fault}`, empty on success.
 */
import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export class KeeperProcess<Order extends Serializable> {
  readonly #process: ChildProcess;

  /** @param file Name of the keeper's program, in this folder. */
  constructor(file: string, args: readonly string[] = []) {
    this.#process = fork(join(import.meta.dirname, file), [...args], { execArgv: [] });
  }

  async order(order: Order): Promise<void> {
    const answer = once(this.#process, 'message');
    this.#process.send(order);
    const [{ fault }] = (await answer) as [{ readonly fault: string }];
    if (fault !== '') throw new Error(fault);
  }

  /** Ends the process and removes its server. */
  async remove(): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#process.disconnect();
    await gone;
  }
}
