/** A client with an account on any server: its HTTP requests and its native socket. */
import { setTimeout as wait } from 'node:timers/promises';
import { TestSocket } from './test-socket.ts';
import { connectUntilAccepted, until } from './wait.ts';

export const PASSWORD = 'correct horse';

/** Rate limits, and servers that are overloaded, start, or are taken for dead by a proxy. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503]);
const BETWEEN_ATTEMPTS_MS = 100;

interface AccountParts {
  readonly url: string;
  readonly username: string;
  readonly userId: string;
  readonly token: string;
  readonly cookie: string;
}

export class Account {
  readonly username: string;
  readonly userId: string;
  /** Token of one session, accepted by every API. */
  readonly token: string;
  /** The same session as a browser's cookie. */
  readonly cookie: string;
  readonly #url: string;

  /** Registers if needed, and logs in with a new session each time. */
  static async signUp(url: string, username: string): Promise<Account> {
    const credentials = { username, password: PASSWORD };
    await postUntilAnswered(`${url}/register`, credentials, [201, 409]);
    return Account.logIn(url, username);
  }

  static async logIn(url: string, username: string, password = PASSWORD): Promise<Account> {
    const credentials = { username, password };
    const answer = await postUntilAnswered(`${url}/login`, credentials, [200]);
    const { user, token } = (await answer.json()) as { user: { id: string }; token: string };
    const [cookie = ''] = answer.headers.getSetCookie();
    return new Account({
      url,
      username,
      userId: user.id,
      token,
      cookie: cookie.split(';', 1)[0] ?? '',
    });
  }

  private constructor({ url, username, userId, token, cookie }: AccountParts) {
    this.#url = url;
    this.username = username;
    this.userId = userId;
    this.token = token;
    this.cookie = cookie;
  }

  call(method: string, path: string, body?: object): Promise<Response> {
    const { cookie } = this;
    if (body === undefined) return fetch(this.#url + path, { method, headers: { cookie } });
    const headers = { cookie, 'content-type': 'application/json' };
    return fetch(this.#url + path, { method, headers, body: JSON.stringify(body) });
  }

  /** Sends a request that must succeed and returns the response body. */
  async must<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.call(method, path, body);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    // The caller knows the response of this path.
    return (await answer.json()) as T;
  }

  /** Sends a file as a form, with the header that uploads require. */
  sendFile(
    method: string,
    path: string,
    content: string | Buffer,
    more: { readonly name?: string; readonly headers?: object } = {},
  ): Promise<Response> {
    const { name = 'file', headers: others } = more;
    const body = new FormData();
    body.append('file', new Blob([new Uint8Array(Buffer.from(content))]), name);
    const headers = { authorization: `Bearer ${this.token}`, 'x-parley-upload': '1', ...others };
    return fetch(this.#url + path, { method, headers, body });
  }

  /** Connects in the native dialect; the welcome frame is already read. */
  async connect(): Promise<TestSocket> {
    const socket = await connectUntilAccepted(() => openNative(this.#url, this.token));
    await socket.next('connection_established');
    return socket;
  }
}

export function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/**
 * Repeats a request while the server asks for that, as an overloaded one or one that starts does.
 *
 * @throws {Error} for an answer that is not expected.
 */
export async function postUntilAnswered(
  url: string,
  body: object,
  expected: readonly number[],
): Promise<Response> {
  let answer = await post(url, body);
  await until(async () => {
    if (!RETRYABLE.has(answer.status)) return true;
    await wait(BETWEEN_ATTEMPTS_MS);
    answer = await post(url, body);
    return false;
  }, `${url}, which answered ${answer.status}`);
  if (expected.includes(answer.status)) return answer;
  throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}

export function openNative(url: string, token: string): TestSocket {
  const headers = { authorization: `Bearer ${token}` };
  return new TestSocket(`${url.replace('http', 'ws')}/ws`, { headers });
}
