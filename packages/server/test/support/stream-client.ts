/** A native client that has several streams in one WebSocket, over the `ws` package. */
import type { ServerFrame, ServerFrames, ServerFrameType } from '@parley/protocol';
import { WebSocket } from 'ws';
import { connectUntilAccepted, inTime, until } from './wait.ts';

/** Text that the server sent to a stream: a mark, and a frame or a close. */
type StreamText = string;

export class StreamClient {
  /** Resolves to 101, or to the status of a rejected upgrade. */
  readonly status: Promise<number>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #socket: WebSocket;
  readonly #texts = new Map<number, StreamText[]>();

  /** Connects with the offers of a browser, and waits for the greeting of stream 1. */
  static async connect(
    host: string,
    token: string,
    offers = ['parley.v1.streams', 'parley'],
  ): Promise<StreamClient> {
    const client = await connectUntilAccepted(() => new StreamClient(host, token, offers));
    await client.frame(1, 'connection_established');
    return client;
  }

  private constructor(host: string, token: string, offers: string[]) {
    this.#socket = new WebSocket(`ws://${host}/ws?token=${token}`, offers);
    this.#socket.on('error', () => {});
    this.status = new Promise((resolve) => {
      this.#socket.once('open', () => resolve(101));
      this.#socket.once('unexpected-response', (_request, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        this.#socket.terminate();
      });
    });
    this.#socket.on('message', (data) => {
      const [, number, text = ''] = /^(\d+)(.*)$/s.exec(data.toString()) ?? [];
      this.textsOf(Number(number)).push(text);
    });
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  get protocol(): string {
    return this.#socket.protocol;
  }

  textsOf(stream: number): StreamText[] {
    const texts = this.#texts.get(stream) ?? [];
    this.#texts.set(stream, texts);
    return texts;
  }

  framesOf<T extends ServerFrameType>(stream: number, type: T): ServerFrames[T][] {
    return this.textsOf(stream).flatMap((text) => {
      if (!text.startsWith(' ')) return [];
      const frame = JSON.parse(text) as ServerFrame;
      return frame.type === type ? [frame.payload as ServerFrames[T]] : [];
    });
  }

  sendRaw(message: string | Buffer): void {
    this.#socket.send(message);
  }

  send(stream: number, type: string, payload: object): void {
    this.sendRaw(`${stream} ${JSON.stringify({ type, payload })}`);
  }

  /** Opens a stream, and waits for its greeting. */
  async open(stream: number): Promise<void> {
    this.sendRaw(`${stream}+`);
    await this.frame(stream, 'connection_established');
  }

  async join(stream: number, roomName: string): Promise<string> {
    this.send(stream, 'join_room', { roomName });
    return (await this.frame(stream, 'room_joined')).roomId;
  }

  /** Waits until the stream has received this many frames of a type, and returns the last. */
  async frame<T extends ServerFrameType>(
    stream: number,
    type: T,
    count = 1,
  ): Promise<ServerFrames[T]> {
    const found = (): ServerFrames[T] | undefined => this.framesOf(stream, type)[count - 1];
    await until(() => found() !== undefined, `${count} ${type} of stream ${stream}`);
    return found() as ServerFrames[T];
  }

  /** Waits until the server closes the stream; returns code and reason. */
  async end(stream: number): Promise<string> {
    const found = () => this.textsOf(stream).find((text) => text.startsWith('-'));
    await until(() => found() !== undefined, `the end of stream ${stream}`);
    return found() ?? '';
  }

  /** Waits until the server closes the socket. */
  ended(): Promise<{ readonly code: number; readonly reason: string }> {
    return inTime(this.closed, 'the end');
  }

  setReading(isReading: boolean): void {
    if (isReading) this.#socket.resume();
    else this.#socket.pause();
  }

  async close(code?: number): Promise<void> {
    this.#socket.close(code);
    await this.ended();
  }

  terminate(): void {
    this.#socket.terminate();
  }
}
