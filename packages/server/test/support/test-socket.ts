/**
 * A client over the `ws` package for the native dialect. It waits for frames, never for time to
 * pass.
 */
import type { ServerFrame, ServerFrames, ServerFrameType } from '@parley/protocol';
import WebSocket, { type ClientOptions } from 'ws';
import { DEADLINE_MS, within } from './wait.ts';

interface Waiting {
  readonly wants: (frame: ServerFrame) => boolean;
  readonly resolve: (frame: ServerFrame) => void;
}

export class TestSocket {
  /** Resolves to 101, or to the status of a rejected upgrade. */
  readonly status: Promise<number>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** All received frames in order. */
  readonly frames: ServerFrame[] = [];
  readonly #socket: WebSocket;
  readonly #unread: ServerFrame[] = [];
  #waiting: Waiting[] = [];
  #frameId = 0;

  constructor(url: string, options: ClientOptions & { readonly protocols?: string[] } = {}) {
    this.#socket = new WebSocket(url, options.protocols ?? [], options);
    this.status = new Promise((resolve, reject) => {
      this.#socket.once('open', () => resolve(101));
      this.#socket.once('unexpected-response', (_request, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        this.#socket.terminate();
      });
      this.#socket.on('error', reject);
    });
    this.status.catch(() => {
      // Reported to the callers that wait for it.
    });
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.#socket.on('message', (data) => this.#take(JSON.parse(data.toString()) as ServerFrame));
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  send(type: string, payload: unknown, over: Record<string, unknown> = {}): void {
    this.sendRaw(JSON.stringify({ type, payload, ...over }));
  }

  sendRaw(data: string | Buffer): void {
    this.#socket.send(data);
  }

  /** Sends a frame with an id, and waits for its reply. */
  async ask<T extends ServerFrameType>(
    type: string,
    payload: unknown,
    wanted?: T,
  ): Promise<ServerFrames[T]> {
    this.#frameId += 1;
    const id = `f${this.#frameId}`;
    this.send(type, payload, { id });
    const answer = await this.#wait((frame) => frame.replyTo === id, `an answer to ${type}`);
    if (wanted !== undefined && answer.type !== wanted) {
      throw new Error(`${type} was answered by ${JSON.stringify(answer)}`);
    }
    // The type was just compared.
    return answer.payload as ServerFrames[T];
  }

  joinRoom(room: object): Promise<ServerFrames['room_joined']> {
    return this.ask('join_room', room, 'room_joined');
  }

  sendMessage(message: object): Promise<ServerFrames['message_ack']> {
    return this.ask('chat_message', message, 'message_ack');
  }

  /** Waits for the next unread frame of this type. */
  async next<T extends ServerFrameType>(type: T): Promise<ServerFrames[T]> {
    const frame = await this.#wait((candidate) => candidate.type === type, type);
    return frame.payload as ServerFrames[T];
  }

  /** Returns all frames received by the time the server answers a ping. */
  async settled(): Promise<readonly ServerFrame[]> {
    await this.ask('ping', {});
    return this.frames.filter(({ type }) => type !== 'pong');
  }

  ofType<T extends ServerFrameType>(type: T): ServerFrames[T][] {
    return this.frames.flatMap((frame) =>
      frame.type === type ? [frame.payload as ServerFrames[T]] : [],
    );
  }

  close(code?: number): void {
    this.#socket.close(code);
  }

  /** Disconnects without a close frame, like a peer that lost its network. */
  terminate(): void {
    this.#socket.terminate();
  }

  #take(frame: ServerFrame): void {
    this.frames.push(frame);
    const index = this.#waiting.findIndex(({ wants }) => wants(frame));
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (waiting === undefined) this.#unread.push(frame);
    else waiting.resolve(frame);
  }

  async #wait(wants: (frame: ServerFrame) => boolean, what: string): Promise<ServerFrame> {
    const index = this.#unread.findIndex(wants);
    const [unread] = index < 0 ? [] : this.#unread.splice(index, 1);
    if (unread !== undefined) return unread;
    const { promise, resolve } = Promise.withResolvers<ServerFrame>();
    const waiting = { wants, resolve };
    this.#waiting.push(waiting);
    const fail = (why: string): never => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
      const came = this.frames.map(({ type }) => type).join(', ');
      throw new Error(`${why} ${what}; there came: ${came}`);
    };
    const ended = this.closed.then(() => fail('The connection ended without'));
    ended.catch(() => {}); // Perhaps nobody waits any more.
    return within(Promise.race([promise, ended]), DEADLINE_MS, () =>
      fail(`Waited ${DEADLINE_MS} ms for`),
    );
  }
}
