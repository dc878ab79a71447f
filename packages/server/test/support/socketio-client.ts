/// <reference path="./socketio-client-4.0.d.ts" />
/** Socket.IO's own client in several versions; records what it receives. */
import type { Agent } from 'node:https';
import { io as io48 } from 'socket.io-client';
import { io as io40 } from 'socket.io-client-4.0';
import { io as io44 } from 'socket.io-client-4.4';
import { io as io46 } from 'socket.io-client-4.6';
import type { Account } from './account.ts';
import type { TestServer } from './running-server.ts';
import { inTime, until } from './wait.ts';

/** The part of a socket that tests use, equal in all versions. */
interface ClientSocket {
  readonly id: string | undefined;
  readonly connected: boolean;
  readonly recovered?: boolean;
  readonly io: {
    readonly engine: { readonly transport: { readonly name: string }; close(): void };
    /** Opens another namespace over the same connection. */
    socket(namespace: string): ClientSocket;
  };
  onAny(listener: (name: string, ...args: unknown[]) => void): void;
  on(name: string, listener: (...args: never[]) => void): void;
  emit(name: string, ...args: unknown[]): void;
  connect(): void;
  disconnect(): void;
}

type Connect = (url: string, options: object) => ClientSocket;

export const VERSIONS: Readonly<Record<string, Connect>> = {
  '4.0': io40 as unknown as Connect,
  '4.4': io44 as unknown as Connect,
  '4.6': io46 as unknown as Connect,
  '4.8': io48 as unknown as Connect,
};

export type Transports = readonly ('polling' | 'websocket')[];

export const TRANSPORTS: Readonly<Record<string, Transports>> = {
  'WebSocket only': ['websocket'],
  'polling only': ['polling'],
  'polling with an upgrade': ['polling', 'websocket'],
};

export interface ClientOptions {
  readonly version?: string;
  readonly transports?: Transports;
  readonly auth?: object;
  readonly headers?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly reconnection?: boolean;
  /** Local address and trusted certificates of the connections. */
  readonly agent?: Agent;
}

export interface Answer {
  readonly ok: boolean;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly field?: string;
    readonly retryAfter?: number;
  };
  readonly [field: string]: unknown;
}

export interface SocketIoMessage {
  readonly id: string;
  readonly roomId: string;
  readonly userId: string;
  readonly username: string;
  readonly content: string;
  readonly createdAt: string;
  readonly sequence: number;
  readonly clientMessageId?: string;
  readonly editedAt?: string;
  readonly deleted?: true;
}

interface JoinedRoom {
  readonly roomId: string;
  readonly headSequence: number;
  readonly epoch: string;
  readonly truncated: boolean;
  readonly [field: string]: unknown;
}

interface SentMessage {
  readonly message: SocketIoMessage;
  readonly duplicate: boolean;
}

export class SocketIoClient {
  readonly socket: ClientSocket;
  readonly received: { readonly name: string; readonly payload: never }[] = [];
  readonly ends: string[] = [];
  readonly errors: { readonly message: string; readonly data?: { readonly code?: string } }[] = [];

  /** Registers if needed, requests a token, connects. */
  static async connect(
    server: TestServer,
    username: string,
    options: ClientOptions = {},
  ): Promise<SocketIoClient> {
    const client = new SocketIoClient(server, {
      auth: { token: await tokenOf(await server.signUp(username)) },
      ...options,
    });
    await client.open();
    return client;
  }

  constructor(server: { readonly url: string }, options: ClientOptions = {}) {
    const {
      version = '4.8',
      transports = ['websocket'],
      auth,
      headers,
      query,
      reconnection = false,
      agent,
    } = options;
    const connect = VERSIONS[version];
    if (connect === undefined) throw new Error(`There is no client ${version}`);
    this.socket = connect(server.url, {
      transports,
      reconnection,
      reconnectionDelay: 20,
      reconnectionDelayMax: 100,
      forceNew: true,
      ...(auth === undefined ? {} : { auth }),
      ...(agent === undefined ? {} : { agent }),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { extraHeaders: headers }),
    });
    this.socket.onAny((name, payload) => this.received.push({ name, payload: payload as never }));
    this.socket.on('disconnect', (reason: string) => this.ends.push(reason));
    this.socket.on('connect_error', (error: never) => this.errors.push(error));
  }

  async open(): Promise<void> {
    await until(() => this.socket.connected || this.errors.length > 0, 'the connection');
    const [error] = this.errors;
    if (error !== undefined) throw error;
  }

  /** Emits with an acknowledgement. */
  ask(name: string, payload?: unknown): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => {
      if (payload === undefined) this.socket.emit(name, resolve);
      else this.socket.emit(name, payload, resolve);
    });
    return inTime(answer, `the answer to ${name}`);
  }

  /** Like `ask`, for commands that must succeed. */
  async must(name: string, payload?: unknown): Promise<Answer> {
    const answer = await this.ask(name, payload);
    if (!answer.ok) throw new Error(`${name}: ${answer.error?.code}`);
    return answer;
  }

  /** Joins a room by id or name. */
  async joinRoom(room: string | undefined, position: object = {}): Promise<JoinedRoom> {
    const answer = await this.must('room:join', { roomId: room, ...position });
    return answer as unknown as JoinedRoom;
  }

  async sendMessage(
    roomId: string | undefined,
    content: string,
    fields: { readonly clientMessageId?: string } = {},
  ): Promise<SentMessage> {
    const answer = await this.must('message:send', { roomId, content, ...fields });
    return answer as unknown as SentMessage;
  }

  all<T = never>(name: string): T[] {
    return this.received.filter((event) => event.name === name).map(({ payload }) => payload);
  }

  async next<T>(name: string, count = 1): Promise<T> {
    await until(() => this.all(name).length >= count, `${name} (${count})`);
    return this.all<T>(name)[count - 1] as T;
  }

  get texts(): string[] {
    return this.all<SocketIoMessage>('message:new').map(({ content }) => content);
  }

  close(): void {
    this.socket.disconnect();
  }
}

/** Requests a token other than the session's own. */
export async function tokenOf(account: Account): Promise<string> {
  return (await account.must<{ token: string }>('POST', '/api/tokens', {})).token;
}
