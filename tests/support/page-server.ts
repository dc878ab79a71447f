/**
 * A server with the page in this process, for tests of the page that do not kill it: as a process
 * of its own it would import all modules again, which takes more than a second of CPU time.
 */
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { AT_NIGHT } from './at-night.ts';
import { PRODUCT_PAGE, pageInOneFile } from './page-in-one-file.ts';

/** Settings for tests of how the parts of the page are loaded. */
export const WITH_PRODUCT_PAGE = { WEB_ROOT: PRODUCT_PAGE };

export class PageServer {
  readonly #server: TestServer;
  readonly url: string;

  /** Without `DATA_DIR` its database is in memory; with it, another server may continue there. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<PageServer> {
    const WEB_ROOT = AT_NIGHT ? PRODUCT_PAGE : await pageInOneFile();
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
