/** `parley start`: runs the server until a signal stops it or an error ends it. */
import { fileURLToPath } from 'node:url';
import { type RunningServer, startServer } from '../app.ts';
import type { Config } from '../config/load-config.ts';
import { describeRole, roleOf } from '../config/role.ts';
import { ignoreOutputErrors } from '../ops/stdout-stream.ts';
import { version } from './version.ts';

/** Folder of the built web client, relative to this package. */
const WEB_ROOT = fileURLToPath(new URL('../../../web/dist', import.meta.url));
/** Closing waits for peers that may be unreachable; the process exits after this time. */
const EXIT_TIMEOUT_MS = 15_000;

export async function start({ values }: Config): Promise<void> {
  ignoreOutputErrors();
  const lifecycle = new ServerLifecycle(roleOf(values) === 'node' ? values.DRAIN_MS : 0);
  const server = await startServer({ values, version, webRoot: WEB_ROOT });
  lifecycle.begin(server);
  const { description, weakenedBy } = server.store;
  const causes = weakenedBy.length === 0 ? '' : ` by ${weakenedBy.join(', ')}`;
  const durability = values.DURABILITY === 'full' ? '' : `, DURABILITY=relaxed${causes}`;
  const otherUrls = server.otherUrls.map((url) => ` or ${url}`).join('');
  console.error(
    `Parley ${version} is ready: ${server.url}${otherUrls} (${description}${durability}, ${describeRole(values)})`,
  );
}

/** Shuts down once, in order; the exit code is 0 after a signal, and 1 after an error. */
class ServerLifecycle {
  #server: RunningServer | undefined;
  readonly #drainMs: number;
  #isEnding = false;
  #hasFailed = false;

  /** @param drainMs Time over which SIGTERM moves clients to other nodes. */
  constructor(drainMs: number) {
    this.#drainMs = drainMs;
  }

  begin(server: RunningServer): void {
    this.#server = server;
    process.on('SIGINT', () => this.#end('SIGINT', 0));
    process.on('SIGTERM', () => this.#end('SIGTERM', 0, this.#drainMs));
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
    this.#end('failure', 1);
  }

  #end(reason: string, exitCode: number, drainMs = 0): void {
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
