/**
 * A whole server on a free port with a data directory of its own, and clients that
 * are not ours: `fetch`, and the `ws` package.
 */
import { type RunningServer, startServer } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { Account, openNative, PASSWORD, post } from './account.ts';
import { checkAnswersOf } from './described-answers.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { TestSocket } from './test-socket.ts';

export class TestServer {
  readonly #server: RunningServer;
  /** `127.0.0.1:PORT`. */
  readonly host: string;

  /** Settings as an operator gives them; a data directory of its own unless one is named. */
  static async start(settings: Record<string, string> = {}): Promise<TestServer> {
    const { values } = loadConfig({
      flags: { PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: temporaryDirectory(), ...settings },
      environment: {},
      envFile: {},
    });
    const server = await startServer({
      values,
      version: 'test',
      webRoot: settings['WEB_ROOT'] ?? '/nowhere',
    });
    return new TestServer(server);
  }

  private constructor(server: RunningServer) {
    this.#server = server;
    this.host = `127.0.0.1:${new URL(server.url).port}`;
    checkAnswersOf(this.url);
  }

  get url(): string {
    return `http://${this.host}`;
  }

  close(): Promise<void> {
    return this.#server.close('test');
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return post(this.url + path, body, headers);
  }

  async register(username: string): Promise<void> {
    const answer = await this.post('/register', { username, password: PASSWORD });
    if (answer.status !== 201) throw new Error(`register: ${answer.status}`);
  }

  login(username: string): Promise<Account> {
    return Account.logIn(this.url, username);
  }

  /** Registers where needed, and logs in. */
  enter(username: string): Promise<Account> {
    return Account.enter(this.url, username);
  }

  /** Registers where needed, logs in and connects; the welcome is already read. */
  async connect(username: string): Promise<TestSocket> {
    return (await this.enter(username)).connect();
  }

  open(token: string): TestSocket {
    return openNative(this.url, token);
  }

  /** The HTTP status with which an upgrade is refused; 101 where it is not. */
  async upgradeStatus(
    path: string,
    options: { readonly headers?: Record<string, string>; readonly protocols?: string[] } = {},
  ): Promise<number> {
    const socket = new TestSocket(`ws://${this.host}${path}`, options);
    const status = await socket.status;
    socket.close();
    if (status === 101) await socket.closed;
    return status;
  }
}
