/** A client with an account on any server: its HTTP requests and its native socket. */
import { TestSocket } from './test-socket.ts';
import { connectUntilAccepted } from './wait.ts';

export const PASSWORD = 'correct horse';

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
    await post(`${url}/register`, { username, password: PASSWORD });
    return Account.logIn(url, username);
  }

  static async logIn(url: string, username: string): Promise<Account> {
    const answer = await post(`${url}/login`, { username, password: PASSWORD });
    if (answer.status !== 200) throw new Error(`login: ${answer.status}`);
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
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
    // The caller knows the response of this path.
    return (await answer.json()) as T;
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

export function openNative(url: string, token: string): TestSocket {
  const headers = { authorization: `Bearer ${token}` };
  return new TestSocket(`${url.replace('http', 'ws')}/ws`, { headers });
}
