/** `parley start`: runs the server until it is told to stop, or cannot go on. */
import { fileURLToPath } from 'node:url';
import { type RunningServer, startServer } from '../app.ts';
import type { Config } from '../config/load-config.ts';
import { outliveReaders } from '../ops/stdout-stream.ts';
import { version } from './version.ts';

/** Where the built web client lies beside this package. */
const WEB_ROOT = fileURLToPath(new URL('../../../web/dist', import.meta.url));
/** Closing waits for peers that may be gone; the process does not wait for ever. */
const EXIT_TIMEOUT_MS = 15_000;

export async function start({ values }: Config): Promise<void> {
  outliveReaders();
  const life = new ServerLife();
  const server = await startServer({ values, version, webRoot: WEB_ROOT });
  life.begin(server);
  const { description, weakenedBy } = server.store;
  const weak = weakenedBy.length === 0 ? '' : ` by ${weakenedBy.join(', ')}`;
  const durability = values.DURABILITY === 'full' ? '' : `, DURABILITY=relaxed${weak}`;
  const others = server.otherUrls.map((url) => ` or ${url}`).join('');
  console.error(`Parley ${version} is ready: ${server.url}${others} (${description}${durability})`);
}

/** Ends the process once, in order: with 0 when asked to, with 1 when something failed. */
class ServerLife {
  #server: RunningServer | undefined;
  #isEnding = false;
  #hasFailed = false;

  begin(server: RunningServer): void {
    this.#server = server;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => this.#end(signal, 0));
    }
    // In an unknown state nothing more is served: what is safe is saved, and the process ends.
    process.on('uncaughtException', (error) => this.fail(error));
    process.on('unhandledRejection', (error) => this.fail(error));
  }

  fail(error: unknown): void {
    // What fails next may come of the first failure, or of telling it.
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#server?.logger.record({ event: 'server.failed', error });
    console.error(`server.failed: ${error instanceof Error ? error.stack : String(error)}`);
    this.#end('failure', 1);
  }

  #end(reason: string, exitCode: number): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    setTimeout(() => process.exit(1), EXIT_TIMEOUT_MS).unref();
    const closing = this.#server?.close(reason) ?? Promise.resolve();
    closing.then(
      () => process.exit(exitCode),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  }
}
