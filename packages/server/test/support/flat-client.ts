/** A client of a dialect with flat frames, over the `ws` package: sends and receives raw JSON. */
import { type ClientOptions, WebSocket } from 'ws';
import type { TestServer } from './running-server.ts';
import { connectUntilAccepted, inTime, until, within } from './wait.ts';

export interface FlatFrame {
  readonly type: string;
  readonly [field: string]: unknown;
}

export class FlatClient {
  readonly frames: FlatFrame[] = [];
  /** User id in the greeting. */
  userId: unknown;
  onFrame: (frame: FlatFrame) => void = () => {};
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Resolves to 101, or to the status of a rejected upgrade; 0 if there was no answer. */
  readonly status: Promise<number>;
  readonly #socket: WebSocket;

  /** Registers if needed, logs in, connects and waits for the greeting. */
  static async connect(
    server: TestServer,
    username: string,
    path = '/ws/chat',
  ): Promise<FlatClient> {
    return FlatClient.connectAs(server, await server.signUp(username), path);
  }

  static async connectAs(
    server: Pick<TestServer, 'host'>,
    { cookie }: { readonly cookie: string },
    path = '/ws/chat',
  ): Promise<FlatClient> {
    const client = await connectUntilAccepted(
      () => new FlatClient(server, path, { headers: { cookie } }),
    );
    await client.next('connected');
    return client;
  }

  constructor(
    server: Pick<TestServer, 'host'>,
    path: string,
    { protocols, ...options }: ClientOptions & { readonly protocols?: string[] } = {},
  ) {
    this.#socket = new WebSocket(`ws://${server.host}${path}`, protocols, options);
    this.#socket.on('message', (data) => {
      const frame = JSON.parse(data.toString()) as FlatFrame;
      this.frames.push(frame);
      if (frame.type === 'connected') this.userId = frame['userId'];
      this.onFrame(frame);
    });
    this.closed = new Promise((resolve) => {
      this.#socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.status = new Promise((resolve) => {
      this.#socket.on('open', () => resolve(101));
      this.#socket.on('unexpected-response', (_request, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        this.#socket.terminate();
      });
      this.#socket.on('close', () => resolve(0));
    });
    this.#socket.on('error', () => {
      // The close event reports the problem.
    });
  }

  /** Subprotocol that the server selected; empty for none. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  send(type: string, fields: object = {}): void {
    this.sendRaw(JSON.stringify({ type, ...fields }));
  }

  sendRaw(text: string | Buffer): void {
    this.#socket.send(text);
  }

  /** Drops earlier frames, joins a channel, and waits for the answer, which follows missed events. */
  joinChannel(channelId: string, position: object = {}): Promise<FlatFrame> {
    this.frames.length = 0;
    this.send('join_channel', { channelId, ...position });
    return this.next('joined_channel');
  }

  all(type: string): FlatFrame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  async next(type: string, count = 1): Promise<FlatFrame> {
    await until(() => this.all(type).length >= count, `${type} (${count})`).catch(async (error) => {
      const outcome = await within(Promise.race([this.status, this.closed]), 0, () => 'open');
      throw new Error(`${error}: the client is ${JSON.stringify(outcome)}`);
    });
    // There are at least that many.
    return this.all(type)[count - 1] as FlatFrame;
  }

  /** Sends a command, and removes and returns the next frame. */
  async ask(type: string, fields: object = {}): Promise<FlatFrame> {
    this.send(type, fields);
    return this.takeNext();
  }

  /** Waits for a frame, and removes it. */
  async takeNext(): Promise<FlatFrame> {
    let frame: FlatFrame | undefined;
    await until(() => {
      frame = this.frames.shift();
      return frame !== undefined;
    }, 'a frame');
    // Just checked.
    return frame as unknown as FlatFrame;
  }

  /** Waits until earlier frames are processed: an unknown frame is answered in order. */
  async settled(): Promise<void> {
    const answers = () =>
      this.all('error').filter((frame) => frame['code'] === 'UNKNOWN_TYPE').length;
    const before = answers();
    this.send('settled?');
    await until(() => answers() > before, 'the answer to the last frame');
    this.frames.splice(
      this.frames.findLastIndex((frame) => frame['code'] === 'UNKNOWN_TYPE'),
      1,
    );
  }

  async end(): Promise<number> {
    return (await inTime(this.closed, 'the end')).code;
  }

  close(): void {
    this.#socket.close();
  }
}
