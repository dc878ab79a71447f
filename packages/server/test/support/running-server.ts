/**
 * A whole server on a free port with a data directory of its own, and clients that
 * are not ours: `fetch`, and the `ws` package.
 */
import { type RunningServer, startServer } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { TestSocket } from './test-socket.ts';

export const PASSWORD = 'correct horse';

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
  }

  get url(): string {
    return `http://${this.host}`;
  }

  close(): Promise<void> {
    return this.#server.close('test');
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  async register(username: string): Promise<void> {
    const answer = await this.post('/register', { username, password: PASSWORD });
    if (answer.status !== 201) throw new Error(`register: ${answer.status}`);
  }

  /** The session's token, and the cookie as a browser would send it. */
  async login(username: string): Promise<{ readonly token: string; readonly cookie: string }> {
    const answer = await this.post('/login', { username, password: PASSWORD });
    if (answer.status !== 200) throw new Error(`login: ${answer.status}`);
    const { token } = (await answer.json()) as { token: string };
    const [cookie = ''] = answer.headers.getSetCookie();
    return { token, cookie: cookie.split(';', 1)[0] ?? '' };
  }

  /** Registers where needed, logs in and connects; the welcome is already read. */
  async connect(username: string): Promise<TestSocket> {
    await this.post('/register', { username, password: PASSWORD });
    const { token } = await this.login(username);
    const socket = this.open(token);
    await socket.next('connection_established');
    return socket;
  }

  open(token: string): TestSocket {
    return new TestSocket(`ws://${this.host}/ws`, {
      headers: { authorization: `Bearer ${token}` },
    });
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
