/** Collects the statements of a connection in a turn of the event loop, and sends them together. */
import type pg from 'pg';
import type { StatementConfig, StatementGroup, StatementResult } from './statement-group.ts';

export class PendingStatements {
  readonly #client: Pick<pg.ClientBase, 'query'>;
  readonly #newGroup: () => StatementGroup;
  #group: StatementGroup | undefined;

  constructor(client: Pick<pg.ClientBase, 'query'>, newGroup: () => StatementGroup) {
    this.#client = client;
    this.#newGroup = newGroup;
  }

  add<Row extends object>(config: StatementConfig): Promise<StatementResult<Row>> {
    if (this.#group === undefined) {
      this.#group = this.#newGroup();
      process.nextTick(() => this.flush());
    }
    return this.#group.add(config);
  }

  /** Sends them now, ahead of what is sent otherwise. */
  flush(): void {
    const group = this.#group;
    this.#group = undefined;
    if (group !== undefined) this.#client.query(group);
  }
}
