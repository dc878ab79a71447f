/** Ends the process with its server: once, in order. */
import type { RunningServer } from '../composition/server-options.ts';

/** Closing waits for peers that may be unreachable; the process exits after this time. */
const EXIT_TIMEOUT_MS = 15_000;

export class ServerLifecycle {
  #server: Pick<RunningServer, 'logger' | 'close'> | undefined;
  #isEnding = false;
  #hasFailed = false;

  begin(server: Pick<RunningServer, 'logger' | 'close'>): void {
    this.#server = server;
    // After an uncaught error the state is unknown: flush what can be flushed, then exit.
    process.on('uncaughtException', (error) => this.fail(error));
    process.on('unhandledRejection', (error) => this.fail(error));
  }

  fail(error: unknown): void {
    // Later errors may be consequences of the first one, or of logging it.
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#server?.logger.record({ event: 'server.failed', error });
    console.error(`server.failed: ${error instanceof Error ? error.stack : String(error)}`);
    this.end('failure', 1);
  }

  /**
   * Exits at once if the server has not begun: what it stores then, such as a migration, is complete
   * or absent.
   *
   * @param drainMs Time over which clients are moved to other nodes.
   */
  end(reason: string, exitCode: number, drainMs = 0): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    setTimeout(() => process.exit(1), EXIT_TIMEOUT_MS + drainMs).unref();
    const closing = this.#server?.close(reason, drainMs) ?? Promise.resolve();
    closing.then(
      () => process.exit(exitCode),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  }
}
