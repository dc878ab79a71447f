/**
 * Fuzzes a running echo server over real sockets: many concurrent sessions, a healthy
 * connection that must continue to get answers, and a check of memory, connections and
 * timers at the end.
 */
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { WebSocketServer } from '../../src/index.ts';
import { collectGarbage } from '../support/garbage.ts';
import { echo } from '../support/test-server.ts';
import { TEST_TLS } from '../support/transport.ts';
import { inTime, until } from '../support/wait.ts';
import { FRAGMENT_COUNT_MAX, MESSAGE_BYTES_MAX } from './oracle.ts';
import { playSession } from './session.ts';

const SESSIONS_AT_A_TIME = 8;

/** Sessions of the warm-up; memory growth is measured after them. */
const WARM_UP_SESSIONS = 150;

/** Less than a leak of 5 KiB in each of 800 sessions, about those of 200,000 frames. */
const GROWTH_BYTES_MAX = 4 * 1_048_576;

const BEAT_PAUSE_MS = 5;

interface FuzzSettings {
  readonly seed: number;
  /** Over TLS. Default over TCP. */
  readonly isTls?: boolean;
  /** Called before each session. */
  readonly isEnough: (figures: FuzzFigures) => boolean;
}

export interface FuzzFigures {
  /** Frames that the server has read, except in sessions without an exact expectation. */
  readonly frames: number;
  readonly sessions: number;
  /** Answers to the healthy connection. */
  readonly beats: number;
  /** Memory after a collection, compared with that after the warm-up. */
  readonly growthBytes: number;
}

export async function fuzz({ seed, isTls = false, isEnough }: FuzzSettings): Promise<FuzzFigures> {
  const { server, port } = await startServer(isTls);
  const healthy = await Healthy.connect(port, isTls);
  const figures = { frames: 0, sessions: 0, beats: 0, growthBytes: 0 };
  const play = async (isOver: () => boolean): Promise<void> => {
    while (!isOver()) {
      const index = figures.sessions;
      figures.sessions += 1;
      const frames = await playSession({ port, isTls, seed, index });
      figures.frames += frames;
    }
  };
  const playAll = (isOver: () => boolean): Promise<unknown> =>
    Promise.all(Array.from({ length: SESSIONS_AT_A_TIME }, () => play(isOver)));

  try {
    await playAll(() => figures.sessions >= WARM_UP_SESSIONS);
    const usedBefore = await usedBytes(server);
    await playAll(() => {
      figures.beats = healthy.beats;
      return isEnough(figures);
    });
    figures.growthBytes = (await usedBytes(server)) - usedBefore;
    assert(
      figures.growthBytes < GROWTH_BYTES_MAX,
      `FUZZ_SEED=${seed}: ${figures.growthBytes} bytes more after ${figures.sessions} sessions`,
    );
    figures.beats = await healthy.stop();
    assert(figures.beats > 0, 'the healthy connection was answered');
    return figures;
  } finally {
    for (const connection of server.connections.values()) connection.destroy();
    await server.shutdown();
  }
}

async function startServer(isTls: boolean): Promise<{ server: WebSocketServer } & AddressInfo> {
  const server = new WebSocketServer({
    pressureInterval: 0,
    ...(isTls && { tls: TEST_TLS }),
    maxMessageSize: MESSAGE_BYTES_MAX,
    maxFragments: FRAGMENT_COUNT_MAX,
    // The clients close in order at any time, or disappear at once.
    writeBufferLimit: 64 * 1_048_576,
    perMessageDeflate: true,
    // The duration of a session depends on the machine.
    enableHeartbeat: false,
    fragmentTimeout: 600_000,
  });
  server.on('connection', echo);
  return { server, ...(await server.listen(0, '127.0.0.1')) };
}

/** Once all sessions have ended: only the healthy connection is left. */
async function usedBytes(server: WebSocketServer): Promise<number> {
  await until(() => server.connections.size === 1, 'the connections of all sessions to end');
  await collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A connection that sends one message after another, and expects each echo. */
class Healthy {
  readonly #socket: WebSocket;
  readonly #run: Promise<void>;
  #beats = 0;
  #isOver = false;

  static async connect(port: number, isTls: boolean): Promise<Healthy> {
    const socket = new WebSocket(`${isTls ? 'wss' : 'ws'}://127.0.0.1:${port}`, {
      perMessageDeflate: false,
      ca: TEST_TLS.cert,
    });
    await inTime(new Promise((resolve) => socket.once('open', resolve)), 'the healthy connection');
    return new Healthy(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#run = this.#beat();
    // Reported by `stop`.
    this.#run.catch(() => {});
  }

  get beats(): number {
    return this.#beats;
  }

  /** @throws the first error of the connection. */
  async stop(): Promise<number> {
    this.#isOver = true;
    await this.#run;
    this.#socket.close();
    return this.#beats;
  }

  async #beat(): Promise<void> {
    while (!this.#isOver) {
      const text = `beat ${this.#beats}`;
      const answer = new Promise((resolve) =>
        this.#socket.once('message', (data) => resolve(String(data))),
      );
      this.#socket.send(text);
      assert.equal(await inTime(answer, `an answer to '${text}'`), text);
      this.#beats += 1;
      await new Promise((resolve) => setTimeout(resolve, BEAT_PAUSE_MS));
    }
  }
}
