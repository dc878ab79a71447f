/** The server under attack, and the operations of an attacker. All of them end with the attack. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** A user with an account and a session. */
export interface Attacker {
  readonly username: string;
  readonly userId: string;
  readonly token: string;
}

interface RequestOptions {
  readonly method?: string;
  readonly path: string;
  readonly body?: string;
  readonly attacker?: Attacker | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Local source address, such as `127.0.0.5`. */
  readonly from?: string;
}

interface RequestAnswer {
  /** 0 if there was none. */
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

const NO_ANSWER: RequestAnswer = { status: 0, body: '', headers: {} };

/** The attackers' own address; honest clients have another one. */
export const ATTACKER_ADDRESS = '127.0.0.66';
/** Bytes queued in this process before a sender pauses. */
const WAITING_BYTES_MAX = 4 * 1_048_576;
const REQUEST_MS_MAX = 20_000;

export class Target {
  readonly url: string;
  readonly attackers: readonly Attacker[];
  readonly victim: Attacker;
  readonly directory: string;
  /** Settings of the server beside its own port and directory. */
  readonly settings: Readonly<Record<string, string>>;
  readonly faults: string[] = [];
  readonly #endings: (() => void)[] = [];
  readonly #agents = new Map<string, Agent>();
  readonly #over = new AbortController();

  constructor(parts: {
    readonly url: string;
    readonly attackers: readonly Attacker[];
    readonly victim: Attacker;
    readonly directory: string;
    readonly settings: Readonly<Record<string, string>>;
  }) {
    this.url = parts.url;
    this.attackers = parts.attackers;
    this.victim = parts.victim;
    this.directory = parts.directory;
    this.settings = parts.settings;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  attacker(index: number): Attacker {
    const attacker = this.attackers[index % this.attackers.length];
    if (attacker === undefined) throw new Error('There is no attacker');
    return attacker;
  }

  /** Records a fault unless the condition holds. */
  expect(holds: boolean, text: string): void {
    if (!holds) this.faults.push(text);
  }

  /** Ends everything that is still running. */
  end(): void {
    this.#over.abort();
    for (const ending of this.#endings) ending();
    for (const agent of this.#agents.values()) agent.destroy();
  }

  /** Resolves after that time, or when the attack is over. */
  async wait(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#over.signal }).catch(() => {});
  }

  /** Repeats until the attack is over. */
  async repeat(act: (round: number) => Promise<unknown>): Promise<void> {
    for (let round = 0; !this.isOver; round += 1) await act(round);
  }

  /** Runs several at once, each with its number. */
  async each(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, index) => act(index)));
  }

  /** A TCP connection that sends nothing automatically. */
  tcp(from = ATTACKER_ADDRESS, port = new URL(this.url).port): Socket {
    const { hostname: host } = new URL(this.url);
    const socket = connect({ host, port: Number(port), localAddress: from });
    socket.on('error', () => {}); // Expected: the server rejects or terminates attackers.
    this.onEnd(() => socket.destroy());
    return socket;
  }

  onEnd(ending: () => void): void {
    this.#endings.push(ending);
  }

  webSocket(
    path: string,
    { attacker, from = ATTACKER_ADDRESS, headers = {} }: Omit<RequestOptions, 'path'> = {},
  ): WebSocket {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}${path}`, {
      perMessageDeflate: false,
      localAddress: from,
      headers: { ...authorization(attacker), ...headers },
    });
    socket.on('error', () => {});
    this.onEnd(() => socket.terminate());
    return socket;
  }

  /** Open, or undefined if the server rejected it. */
  async openWebSocket(
    path: string,
    options: Omit<RequestOptions, 'path'> = {},
  ): Promise<WebSocket | undefined> {
    const socket = this.webSocket(path, options);
    const { promise, resolve } = Promise.withResolvers<WebSocket | undefined>();
    socket.on('open', () => resolve(socket));
    socket.on('close', () => resolve(undefined));
    this.#over.signal.addEventListener('abort', () => resolve(undefined));
    return promise;
  }

  /** Joined to Socket.IO's default namespace. */
  async openSocketIo(attacker: Attacker, auth: object = {}): Promise<WebSocket | undefined> {
    const socket = await this.openWebSocket('/socket.io/?EIO=4&transport=websocket', { attacker });
    socket?.send(`40${JSON.stringify({ token: attacker.token, ...auth })}`);
    return socket;
  }

  /** A session of a polling client; joined if an attacker is given. */
  async openPolling(attacker?: Attacker): Promise<string | undefined> {
    const path = '/socket.io/?EIO=4&transport=polling';
    const { body } = await this.request({ path });
    const sid = /"sid":"([^"]+)"/.exec(body)?.[1];
    if (sid === undefined) return undefined;
    const target = `${path}&sid=${sid}`;
    if (attacker !== undefined) {
      const connectPacket = `40${JSON.stringify({ token: attacker.token })}`;
      await this.request({ method: 'POST', path: target, body: connectPacket });
      await this.request({ path: target });
    }
    return target;
  }

  /** Sends unless the connection is closed; waits while too many bytes are queued. */
  async send(socket: WebSocket, data: string | Buffer): Promise<void> {
    while (socket.bufferedAmount > WAITING_BYTES_MAX && socket.readyState === WebSocket.OPEN) {
      if (this.isOver) return;
      await this.wait(5);
    }
    if (socket.readyState === WebSocket.OPEN) socket.send(data);
  }

  request(options: RequestOptions): Promise<RequestAnswer> {
    const {
      method = 'GET',
      path,
      body,
      attacker,
      headers: more,
      from = ATTACKER_ADDRESS,
    } = options;
    const { promise, resolve } = Promise.withResolvers<RequestAnswer>();
    const sent = httpRequest(this.url + path, {
      method,
      agent: this.#agentOf(from),
      timeout: REQUEST_MS_MAX,
      headers: {
        ...authorization(attacker),
        ...(body === undefined ? {} : { 'content-type': contentTypeOf(path) }),
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        ...more,
      },
    });
    sent.on('error', () => resolve(NO_ANSWER));
    sent.on('timeout', () => sent.destroy());
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      const { statusCode: status = 0, headers } = response;
      response.on('close', () => resolve({ status, body: text, headers }));
      response.on('error', () => {});
    });
    sent.end(body);
    return promise;
  }

  post(
    path: string,
    body: object,
    options: Omit<RequestOptions, 'path'> = {},
  ): Promise<RequestAnswer> {
    return this.request({ method: 'POST', path, body: JSON.stringify(body), ...options });
  }

  #agentOf(from: string): Agent {
    const agent = this.#agents.get(from) ?? new Agent({ keepAlive: true, localAddress: from });
    this.#agents.set(from, agent);
    return agent;
  }
}

function authorization(attacker: Attacker | undefined): Readonly<Record<string, string>> {
  return attacker === undefined ? {} : { authorization: `Bearer ${attacker.token}` };
}

function contentTypeOf(path: string): string {
  return path.startsWith('/socket.io/') ? 'text/plain;charset=UTF-8' : 'application/json';
}
