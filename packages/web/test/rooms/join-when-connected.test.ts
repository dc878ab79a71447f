import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ChatError,
  type ClientSnapshot,
  type ConnectionState,
  type ErrorCode,
  type RoomId,
} from '@parley/client';
import { joinWhenConnected, PAUSE_MS } from '../../src/rooms/join-when-connected.ts';

const LOBBY = 'r-lobby' as RoomId;
const OPEN: ConnectionState = { kind: 'open' };
const outage = { cause: 'lost', sinceMs: 0, attempt: 0 } as const;
const CONNECTING: ConnectionState = { kind: 'connecting', outage };

/** A client whose joins end as the test says, and a page that shows what became of them. */
class Scene {
  readonly asked: { readonly name: string; readonly create: boolean | undefined }[] = [];
  readonly shown: string[] = [];
  readonly pauses: { readonly end: () => void; readonly ms: number }[] = [];
  readonly listeners = new Set<() => void>();
  readonly end: () => void;
  #connection: ConnectionState;
  #answer = Promise.withResolvers<RoomId>();

  constructor(connection: ConnectionState, create = true) {
    this.#connection = connection;
    const listener = {
      onJoined: (roomId: RoomId) => this.shown.push(roomId),
      onFailed: (code: ErrorCode) => this.shown.push(code),
    };
    this.end = joinWhenConnected(this, { name: 'lobby', create }, listener, this);
  }

  readonly joinRoom = (name: string, { create }: { readonly create?: boolean } = {}) => {
    this.asked.push({ name, create });
    this.#answer = Promise.withResolvers<RoomId>();
    return this.#answer.promise;
  };

  readonly getSnapshot = () => ({ connection: this.#connection }) as ClientSnapshot;

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly setTimer = (end: () => void, ms: number) => {
    const pause = { end, ms };
    this.pauses.push(pause);
    return () => void this.pauses.splice(this.pauses.indexOf(pause), 1);
  };

  enter(connection: ConnectionState): void {
    this.#connection = connection;
    for (const listener of [...this.listeners]) listener();
  }

  /** Ends the pause after an attempt, which there must be. */
  endPause(ms = PAUSE_MS): void {
    const [pause] = this.pauses.splice(0);
    assert.equal(pause?.ms, ms);
    pause?.end();
  }

  async answer(outcome: RoomId | ChatError): Promise<void> {
    if (outcome instanceof ChatError) this.#answer.reject(outcome);
    else this.#answer.resolve(outcome);
    await new Promise(setImmediate);
  }

  fail(code: ErrorCode): Promise<void> {
    return this.answer(new ChatError(code));
  }
}

describe('a join by name on the page', () => {
  test('is asked for at once, with or without a connection', async () => {
    const scene = new Scene(CONNECTING, false);
    await scene.answer(LOBBY);

    assert.deepEqual(scene.asked, [{ name: 'lobby', create: false }]);
    assert.deepEqual(scene.shown, [LOBBY]);
  });

  test('that there was no connection for is repeated with the next one', async () => {
    const scene = new Scene(CONNECTING);
    await scene.fail('UNAVAILABLE');
    scene.endPause();
    assert.equal(scene.asked.length, 1);

    scene.enter(OPEN);
    scene.enter(OPEN);
    assert.equal(scene.asked.length, 2);
    await scene.answer(LOBBY);

    assert.deepEqual(scene.shown, ['UNAVAILABLE', LOBBY]);
  });

  test('that a connected server did not answer is repeated after a pause, again and again', async () => {
    const scene = new Scene(OPEN);
    for (const attempts of [2, 3]) {
      await scene.fail('UNAVAILABLE');
      scene.enter(OPEN);
      assert.equal(scene.asked.length, attempts - 1);
      scene.endPause();
      assert.equal(scene.asked.length, attempts);
    }
    await scene.answer(LOBBY);

    assert.equal(scene.shown.at(-1), LOBBY);
    assert.deepEqual(scene.pauses, []);
  });

  test('that the server took without an answer is repeated when it allows this', async () => {
    const scene = new Scene(OPEN);
    await scene.fail('UNAVAILABLE');
    scene.endPause();
    await scene.answer(new ChatError('RATE_LIMITED', { retryAfterSeconds: 2 }));
    scene.endPause(2_000);
    await scene.answer(LOBBY);

    assert.deepEqual(scene.shown, ['UNAVAILABLE', 'RATE_LIMITED', LOBBY]);
  });

  test('that the server refuses is not repeated', async () => {
    const scene = new Scene(OPEN);
    await scene.fail('CONFLICT');
    scene.enter(CONNECTING);
    scene.enter(OPEN);

    assert.equal(scene.asked.length, 1);
    assert.deepEqual(scene.shown, ['CONFLICT']);
    assert.deepEqual(scene.pauses, []);
  });

  for (const [when, outcome] of [
    ['joined', LOBBY],
    ['failed', new ChatError('UNAVAILABLE')],
  ] as const) {
    test(`is ended: it shows nothing that ${when} later`, async () => {
      const scene = new Scene(OPEN);
      scene.end();
      await scene.answer(outcome);

      assert.deepEqual([scene.shown, scene.pauses], [[], []]);
      assert.equal(scene.listeners.size, 0);
    });
  }

  test('is ended while it waits: the next connection repeats nothing', async () => {
    const scene = new Scene(CONNECTING);
    await scene.fail('UNAVAILABLE');
    scene.end();
    scene.enter(OPEN);

    assert.deepEqual(scene.pauses, []);
    assert.equal(scene.asked.length, 1);
  });
});
