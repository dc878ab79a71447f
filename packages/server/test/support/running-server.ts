/**
 * A whole server on a free port with its own data directory, and third-party clients: `fetch` and
 * the `ws` package.
 */
import { setImmediate } from 'node:timers/promises';
import { startServer } from '../../src/app.ts';
import type { NodeComponents, RunningServer } from '../../src/composition/server-options.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { databaseFile } from '../../src/stores/sqlite/database-files.ts';
import { argon2HashOf } from '../../src/system/argon2-password-hash.ts';
import { Account, openNative, PASSWORD, post } from './account.ts';
import { checkAnswersOf } from './described-answers.ts';
import { openSqliteInMemory, PRODUCT } from './sqlite-in-memory.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { TestSocket } from './test-socket.ts';

/** Two hashes of the product's parameters take more CPU time than the start of a server. */
const QUICK_HASH = argon2HashOf({ memoryKib: 8, passes: 1, parallelism: 1 });

/** Settings of the tests that are about the files of a store, or its outages. */
const STORE_SETTINGS = [
  ...['DATABASE_URL', 'DATABASE_TIMEOUT_MS', 'DURABILITY', 'CASSANDRA_URL', 'DISK_RESERVE_BYTES'],
];

function databaseOf({ DATA_DIR }: Record<string, string>): string {
  return DATA_DIR === undefined ? ':memory:' : databaseFile(DATA_DIR);
}

export class TestServer {
  readonly #server: RunningServer;
  /** `127.0.0.1:PORT`. */
  readonly host: string;

  /**
   * Starts with an operator's settings. Without one of a store among them, SQLite runs in this thread,
   * over the file of their data directory, or in memory without one: the threads of the product take
   * most of the CPU time of a start.
   */
  static async start(
    settings: Record<string, string> = {},
    node?: NodeComponents,
    passwords = QUICK_HASH,
  ): Promise<TestServer> {
    const { values } = loadConfig({
      flags: {
        ...{ PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: temporaryDirectory() },
        // Most tests are about groups and workspaces whose users know each other.
        ASK_BEFORE_STRANGERS: 'off',
        // Tests write more, and the same more often, than people do.
        FLOOD_RULES: 'off',
        // On a slow machine a test server is late, and its refusals last longer than tests wait.
        LOOP_DELAY_MAX_MS: '0',
        // Most tests are about users without rights on the server.
        FIRST_ACCOUNT: 'member',
        FIRST_ROOM: 'none',
        ...settings,
      },
      environment: {},
      envFile: {},
    });
    const server = await startServer({
      values,
      version: 'test',
      webRoot: settings['WEB_ROOT'] ?? '/nowhere',
      passwords,
      ...(node === undefined ? {} : { node }),
      ...(node === undefined && !STORE_SETTINGS.some((name) => name in settings)
        ? { store: openSqliteInMemory(PRODUCT, databaseOf(settings), setImmediate) }
        : {}),
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

  /** Returns the status of `/ready`, and the names of the parts that are down. */
  async ready(): Promise<{ status: number; down: string[] | undefined }> {
    const answer = await fetch(`${this.url}/ready`);
    const { down } = (await answer.json()) as { down?: string[] };
    return { status: answer.status, down };
  }

  /** Registers if needed, and logs in. */
  signUp(username: string): Promise<Account> {
    return Account.signUp(this.url, username);
  }

  /** Registers with the owner link, and logs in. */
  async signUpOwner(username: string): Promise<Account> {
    const invite = this.#server.ownerUrl?.split('/').at(-1);
    const answer = await this.post('/register', { username, password: PASSWORD, invite });
    if (answer.status !== 201) throw new Error(`register: ${answer.status}`);
    return this.login(username);
  }

  /** Registers if needed, logs in and connects; the welcome frame is already read. */
  async connect(username: string): Promise<TestSocket> {
    return (await this.signUp(username)).connect();
  }

  open(token: string): TestSocket {
    return openNative(this.url, token);
  }

  /** Returns the HTTP status of a rejected upgrade; 101 if it was accepted. */
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
