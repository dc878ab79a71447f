/** Commits one after the other; the next one begins while one is made durable. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { RoomId } from '@parley/protocol';
import { CommitQueue } from '../../../src/domain/event-log/commit-queue.ts';
import type { CommitResult } from '../../../src/model/commit-outcome.ts';
import type { LogCommand } from '../../../src/model/log-command.ts';
import type { EventLog } from '../../../src/ports/event-log.ts';
import type { LogRecord } from '../../../src/ports/logger.ts';
import { NotBegun, StoreUnavailable } from '../../../src/ports/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { command, newRoomId, newUserId } from '../../support/records.ts';

/** A commit that the store has received. */
interface Handed {
  readonly contents: readonly string[];
  readonly onReady: () => void;
  readonly succeed: () => void;
  /** Nothing of it was stored. */
  readonly notBegin: () => void;
  readonly fail: (error: Error) => void;
}

/** A queue on a store that the test controls. */
function onObedientStore() {
  const handed: Handed[] = [];
  const sent: string[] = [];
  const probe: { isUp: boolean; hang?: PromiseWithResolvers<void> } = { isUp: true };
  const log: Pick<EventLog, 'commit' | 'probe'> = {
    commit(commands, onReady = () => {}) {
      const { promise, resolve, reject } = Promise.withResolvers<CommitResult[]>();
      const succeed = () => resolve(commands.map(() => ({ kind: 'rejected', code: 'NOT_FOUND' })));
      const error = new NotBegun('no connection');
      const notBegin = () => resolve(commands.map(() => ({ kind: 'not-begun', error })));
      handed.push({ contents: commands.map(contentOf), onReady, succeed, notBegin, fail: reject });
      return promise;
    },
    async probe() {
      await probe.hang?.promise;
      if (!probe.isUp) throw new StoreUnavailable('down');
    },
  };
  const clock = new FakeClock();
  // The queue calls only these two.
  const logger: string[] = [];
  const record = ({ event }: LogRecord): void => {
    if (event !== 'store.failed') logger.push(event);
  };
  const queue = new CommitQueue(log as EventLog, { record }, clock);
  const author = { userId: newUserId() };
  /** Submits contents to rooms: `a1` is for room a; numbers alone are for another one. */
  const rooms = new Map<string, RoomId>();
  return {
    queue,
    handed,
    sent,
    probe,
    clock,
    logger,
    roomOf(name: string): RoomId {
      const roomId = rooms.get(name) ?? newRoomId();
      rooms.set(name, roomId);
      return roomId;
    },
    async send(...contents: string[]) {
      for (const content of contents) {
        const roomId = this.roomOf(/^[a-z]\d/.test(content) ? content.charAt(0) : '');
        queue.submit(command({ ...author, roomId, content }), ({ kind }) =>
          sent.push(`${content} ${kind}`),
        );
      }
      await nextTurn();
    },
  };
}

function contentOf(sent: LogCommand): string {
  return sent.kind === 'message' ? sent.content : '';
}

describe('CommitQueue', () => {
  test('commits waiting commands as soon as the store can take them, and reports in order', async () => {
    const store = onObedientStore();
    const { handed, sent } = store;
    await store.send('1');
    await store.send('2', '3');
    assert.equal(handed.length, 1);

    handed[0]?.onReady();
    await store.send('4');
    assert.deepEqual(handed.at(-1)?.contents, ['2', '3']);
    handed[1]?.succeed();
    await nextTurn();
    assert.deepEqual(sent, [], 'none overtakes the one before it');
    handed[0]?.succeed();
    await nextTurn();

    assert.deepEqual(sent, ['1 rejected', '2 rejected', '3 rejected']);
    assert.deepEqual(handed.at(-1)?.contents, ['4']);
  });

  test('keeps no command of an earlier batch in memory while batches follow without a pause', async () => {
    const { queue, handed } = onObedientStore();
    const submit = () => {
      const sent = command({ userId: newUserId(), roomId: newRoomId(), content: '' });
      queue.submit(sent, () => {});
      return new WeakRef(sent);
    };
    const first = submit();
    await nextTurn();
    for (let batch = 0; batch < 5; batch += 1) {
      submit();
      await nextTurn();
      handed[batch]?.onReady();
      handed[batch]?.succeed();
      await nextTurn();
    }
    handed.splice(0);

    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();

    assert.equal(first.deref(), undefined);
  });

  test('commits again, and first, what the store has not begun', async () => {
    const store = onObedientStore();
    const { handed, sent } = store;
    await store.send('1', 'poison');
    await store.send('2');
    handed[0]?.onReady();
    await store.send('3');

    handed[0]?.fail(new Error('defect'));
    handed[1]?.notBegin();
    await nextTurn();
    handed[2]?.succeed();
    await nextTurn();
    handed[3]?.fail(new Error('defect'));
    await nextTurn();

    assert.deepEqual(sent, ['1 rejected', 'poison unknown']);
    assert.deepEqual(
      handed.slice(2).map(({ contents }) => contents),
      [['1'], ['poison'], ['2', '3']],
    );
  });

  test('commits nothing after an outage until the store answers', async () => {
    const store = onObedientStore();
    const { handed, sent, probe, clock, queue } = store;
    await store.send('1');
    await store.send('2');
    handed[0]?.onReady();
    probe.isUp = false;

    handed[0]?.fail(new StoreUnavailable('the disk is full'));
    handed[1]?.notBegin();
    await nextTurn();
    assert.deepEqual(sent, ['1 unknown', '2 not-begun'], 'no command is kept waiting');
    assert.equal(await queue.storeState(), 'down');
    probe.isUp = true;
    clock.advance(1_000);
    await nextTurn();
    await store.send('3');

    assert.deepEqual(handed.at(-1)?.contents, ['3']);
  });

  test('commits again what was not begun if the store answers at once', async () => {
    const store = onObedientStore();
    const { handed, sent } = store;
    await store.send('1');
    await store.send('2');
    handed[0]?.onReady();

    handed[0]?.fail(new StoreUnavailable('the outcome is unknown'));
    handed[1]?.notBegin();
    await nextTurn();

    assert.deepEqual(sent, ['1 unknown']);
    assert.deepEqual(handed.at(-1)?.contents, ['2']);
  });

  test('rejects waiting commands after a second while the store is silent', async () => {
    const store = onObedientStore();
    const { handed, sent, probe, clock, queue } = store;
    await store.send('1');
    await store.send('2');
    probe.hang = Promise.withResolvers();
    handed[0]?.fail(new StoreUnavailable('no answer'));
    await nextTurn();
    assert.deepEqual(sent, ['1 unknown']);

    clock.advance(1_000);
    await nextTurn();
    assert.deepEqual(sent, ['1 unknown', '2 not-begun']);
    await assert.rejects(store.send('3'), { code: 'UNAVAILABLE' });
    probe.hang.resolve();
    await nextTurn();

    assert.equal(await queue.storeState(), 'up');
    assert.equal(clock.timerCount, 0);
  });

  describe('when commits have unknown outcomes although health checks succeed', () => {
    /** Three consecutive commits have failed. */
    const afterThree = async () => {
      const parts = onObedientStore();
      for (const content of ['1', '2', '3']) {
        await parts.send(content);
        parts.handed.at(-1)?.fail(new StoreUnavailable('took too long'));
        await nextTurn();
      }
      return parts;
    };
    const states = async ({ queue, clock }: ReturnType<typeof onObedientStore>) => {
      const before = await queue.storeState();
      clock.advance(1_000);
      await nextTurn();
      return [before, await queue.storeState()];
    };

    test('rejects commands, then lets one through; when it succeeds, all continue', async () => {
      const parts = await afterThree();
      await assert.rejects(parts.send('refused'), { code: 'UNAVAILABLE' });
      assert.deepEqual(await states(parts), ['down', 'half-open']);

      await parts.send('trial');
      await assert.rejects(parts.send('beside it'), { code: 'UNAVAILABLE' });
      assert.equal(await parts.queue.storeState(), 'down');
      parts.handed.at(-1)?.succeed();
      await nextTurn();

      assert.equal(await parts.queue.storeState(), 'up');
      await parts.send('4');
      assert.deepEqual(parts.handed.at(-1)?.contents, ['4']);
      assert.deepEqual(parts.logger, ['store.down', 'store.up']);
    });

    test('does so when three rooms fail alone, though each outcome is certain', async () => {
      const parts = onObedientStore();
      for (const room of ['a', 'b', 'a', 'c']) {
        assert.equal(await parts.queue.storeState(), 'up');
        await parts.send(`${room}1`);
        // The first attempt is repeated without other rooms.
        for (let attempt = 0; attempt < 2; attempt += 1) {
          parts.handed.at(-1)?.notBegin();
          await nextTurn();
        }
        assert.equal(parts.sent.at(-1), `${room}1 not-begun`);
      }

      assert.deepEqual(await states(parts), ['down', 'half-open']);
    });

    test('rejects commands again when that one has an unknown outcome too', async () => {
      const parts = await afterThree();
      await states(parts);

      await parts.send('trial');
      parts.handed.at(-1)?.fail(new StoreUnavailable('took too long'));
      await nextTurn();

      assert.equal(parts.sent.at(-1), 'trial unknown');
      await assert.rejects(parts.send('refused'), { code: 'UNAVAILABLE' });
      assert.deepEqual(await states(parts), ['down', 'half-open']);
      assert.deepEqual(parts.logger, ['store.down']);
    });

    test('a commit that succeeds in between resets the count', async () => {
      const store = onObedientStore();
      const { handed, queue } = store;
      for (const content of ['1', '2', 'made', '3', '4']) {
        await store.send(content);
        if (content === 'made') handed.at(-1)?.succeed();
        else handed.at(-1)?.fail(new StoreUnavailable('took too long'));
        await nextTurn();
      }

      assert.equal(await queue.storeState(), 'up');
    });
  });

  test('waits for both running commits', async () => {
    const store = onObedientStore();
    const { handed, queue } = store;
    await store.send('1');
    await store.send('2');
    handed[0]?.onReady();
    let isSettled = false;
    void queue.settleCurrent(store.roomOf('')).then(() => {
      isSettled = true;
    });

    handed[0]?.succeed();
    await nextTurn();
    assert.equal(isSettled, false);
    handed[1]?.succeed();
    await nextTurn();

    assert.equal(isSettled, true);
  });

  describe('keeps one room from stopping the others', () => {
    test('a batch that hangs is overtaken by the other rooms, and its own rooms wait for it', async () => {
      const store = onObedientStore();
      const { handed, sent, clock, queue } = store;
      await store.send('a1');
      await store.send('a2', 'b1');
      assert.equal(handed.length, 1);
      let isSettled = false;
      void queue.settleCurrent(store.roomOf('b')).then(() => {
        isSettled = true;
      });

      clock.advance(250);
      await nextTurn();
      assert.deepEqual(handed.at(-1)?.contents, ['b1']);
      assert.equal(isSettled, true, 'no commit of this room was running');
      handed[1]?.succeed();
      await store.send('b2', 'a3');
      assert.deepEqual(sent, ['b1 rejected']);
      assert.deepEqual(handed.at(-1)?.contents, ['b2']);
      handed[0]?.succeed();
      handed[2]?.succeed();
      await nextTurn();

      assert.deepEqual(handed.at(-1)?.contents, ['a2', 'a3']);
      handed.at(-1)?.succeed();
      await nextTurn();
      assert.deepEqual(
        sent.slice(1).toSorted(),
        ['a1', 'a2', 'a3', 'b2'].map((id) => `${id} rejected`),
      );
      assert.equal(clock.timerCount, 0);
    });

    test('an unknown outcome of a batch that was overtaken rejects no other room', async () => {
      const store = onObedientStore();
      const { handed, sent, clock, queue } = store;
      await store.send('a1');
      clock.advance(250);
      await store.send('b1');
      handed[1]?.succeed();
      await nextTurn();

      handed[0]?.fail(new StoreUnavailable('no answer'));
      await nextTurn();
      await store.send('b2', 'a2');

      assert.deepEqual(sent, ['b1 rejected', 'a1 unknown']);
      assert.deepEqual(handed.at(-1)?.contents, ['b2', 'a2']);
      assert.equal(await queue.storeState(), 'up');
    });

    test('rooms of a batch that was not begun go alone, each in its order', async () => {
      const store = onObedientStore();
      const { handed, sent } = store;
      await store.send('a1', 'b1', 'a2');
      handed[0]?.notBegin();
      await store.send('c1', 'a3');

      const alone = handed.slice(1).map(({ contents }) => contents);
      assert.deepEqual(alone, [['a1', 'a2', 'a3'], ['b1'], ['c1']]);
      assert.deepEqual(sent, []);
    });

    test('a room that was not begun alone is rejected, and stays alone until it is committed', async () => {
      const store = onObedientStore();
      const { handed, sent, queue } = store;
      await store.send('a1', 'b1');
      handed[0]?.notBegin();
      await nextTurn();
      handed[1]?.notBegin();
      handed[2]?.succeed();
      await nextTurn();
      assert.deepEqual(sent.toSorted(), ['a1 not-begun', 'b1 rejected']);

      await store.send('a2', 'b2');
      assert.deepEqual(
        handed.slice(3).map(({ contents }) => contents),
        [['a2'], ['b2']],
      );
      for (const each of handed.slice(3)) each.succeed();
      await store.send('a3', 'b3');

      assert.deepEqual(handed.at(-1)?.contents, ['a3', 'b3']);
      assert.equal(await queue.storeState(), 'up');
    });

    test('however often a room is not begun, the others are accepted', async () => {
      const store = onObedientStore();
      const { handed, queue } = store;
      await store.send('a1', 'b1');
      handed[0]?.notBegin();
      await nextTurn();
      handed[2]?.succeed();
      for (let times = 0; times < 5; times += 1) {
        handed.findLast(({ contents }) => contents[0]?.startsWith('a'))?.notBegin();
        await nextTurn();
        await store.send('a2');
      }

      await store.send('b2');
      assert.deepEqual(handed.at(-1)?.contents, ['b2']);
      assert.equal(await queue.storeState(), 'up');
    });
  });
});
