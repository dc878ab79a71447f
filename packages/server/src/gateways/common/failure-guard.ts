/** Keeps a bug in the server to the connection that it hits: logs it once and closes the connection. */
export interface GuardedConnection {
  /** Logs the error. Never throws. */
  readonly log: (error: unknown) => void;
  readonly close: () => void;
}

export class FailureGuard {
  readonly #connection: GuardedConnection;
  #hasFailed = false;

  constructor(connection: GuardedConnection) {
    this.#connection = connection;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Passes whatever `run` throws to `fail`. */
  contain(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#connection.log(error);
    this.close();
  }

  /** Closes because of an error that is logged already. */
  close(): void {
    this.#hasFailed = true;
    try {
      this.#connection.close();
    } catch (error) {
      this.#connection.log(error);
    }
  }
}
