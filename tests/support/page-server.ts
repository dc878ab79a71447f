/**
 * A server with the page in this process, for tests of the page that do not kill it: as a process
 * of its own it would import all modules again, which takes more than a second of CPU time.
 */
import { join } from 'node:path';
import { TestServer } from '../../packages/server/test/support/running-server.ts';

const WEB_ROOT = join(import.meta.dirname, '../../packages/web/dist');

export class PageServer {
  readonly #server: TestServer;
  readonly url: string;

  /** Without `DATA_DIR` its database is in memory; with it, another server may continue there. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<PageServer> {
    return new PageServer(await TestServer.start({ LOG_LEVEL: 'error', WEB_ROOT, ...settings }));
  }

  private constructor(server: TestServer) {
    this.#server = server;
    // Browsers allow a page of `localhost` what they allow over TLS.
    this.url = `http://localhost:${new URL(server.url).port}`;
  }

  stop(): Promise<void> {
    return this.#server.close();
  }
}
