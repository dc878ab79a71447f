/** Commits one after the other; the next one begins while one is made durable. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CommitQueue } from '../../../src/domain/event-log/commit-queue.ts';
import type { CommitOutcome } from '../../../src/model/commit-outcome.ts';
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
  readonly fail: (error: Error) => void;
}

/** A queue on a store that the test controls. */
function onObedientStore() {
  const handed: Handed[] = [];
  const sent: string[] = [];
  const probe: { isUp: boolean; hang?: PromiseWithResolvers<void> } = { isUp: true };
  const log: Pick<EventLog, 'commit' | 'probe'> = {
    commit(commands, onReady = () => {}) {
      const { promise, resolve, reject } = Promise.withResolvers<CommitOutcome[]>();
      const succeed = () => resolve(commands.map(() => ({ kind: 'rejected', code: 'NOT_FOUND' })));
      handed.push({ contents: commands.map(contentOf), onReady, succeed, fail: reject });
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
  const author = { roomId: newRoomId(), userId: newUserId() };
  return {
    queue,
    handed,
    sent,
    probe,
    clock,
    logger,
    async send(...contents: string[]) {
      for (const content of contents) {
        queue.submit(command({ ...author, content }), ({ kind }) =>
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
    const { send, handed, sent } = onObedientStore();
    await send('1');
    await send('2', '3');
    assert.equal(handed.length, 1);

    handed[0]?.onReady();
    await send('4');
    assert.deepEqual(handed.at(-1)?.contents, ['2', '3']);
    handed[1]?.succeed();
    await nextTurn();
    assert.deepEqual(sent, [], 'none overtakes the one before it');
    handed[0]?.succeed();
    await nextTurn();

    assert.deepEqual(sent, ['1 rejected', '2 rejected', '3 rejected']);
    assert.deepEqual(handed.at(-1)?.contents, ['4']);
  });

  test('commits again, and first, what the store has not begun', async () => {
    const { send, handed, sent } = onObedientStore();
    await send('1', 'poison');
    await send('2');
    handed[0]?.onReady();
    await send('3');

    handed[0]?.fail(new Error('defect'));
    handed[1]?.fail(new NotBegun());
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
    const { send, handed, sent, probe, clock, queue } = onObedientStore();
    await send('1');
    await send('2');
    handed[0]?.onReady();
    probe.isUp = false;

    handed[0]?.fail(new StoreUnavailable('the disk is full'));
    handed[1]?.fail(new NotBegun());
    await nextTurn();
    assert.deepEqual(sent, ['1 unknown', '2 unknown'], 'nobody is kept waiting');
    assert.equal(await queue.storeState(), 'down');
    probe.isUp = true;
    clock.advance(1_000);
    await nextTurn();
    await send('3');

    assert.deepEqual(handed.at(-1)?.contents, ['3']);
  });

  test('commits again what was not begun if the store answers at once', async () => {
    const { send, handed, sent } = onObedientStore();
    await send('1');
    await send('2');
    handed[0]?.onReady();

    handed[0]?.fail(new StoreUnavailable('nobody heard of it'));
    handed[1]?.fail(new NotBegun());
    await nextTurn();

    assert.deepEqual(sent, ['1 unknown']);
    assert.deepEqual(handed.at(-1)?.contents, ['2']);
  });

  test('rejects waiting commands after a second while the store is silent', async () => {
    const { send, handed, sent, probe, clock, queue } = onObedientStore();
    await send('1');
    await send('2');
    probe.hang = Promise.withResolvers();
    handed[0]?.fail(new StoreUnavailable('no answer'));
    await nextTurn();
    assert.deepEqual(sent, ['1 unknown']);

    clock.advance(1_000);
    await nextTurn();
    assert.deepEqual(sent, ['1 unknown', '2 unknown']);
    await assert.rejects(send('3'), { code: 'UNAVAILABLE' });
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
      const { send, handed, queue } = onObedientStore();
      for (const content of ['1', '2', 'made', '3', '4']) {
        await send(content);
        if (content === 'made') handed.at(-1)?.succeed();
        else handed.at(-1)?.fail(new StoreUnavailable('took too long'));
        await nextTurn();
      }

      assert.equal(await queue.storeState(), 'up');
    });
  });

  test('waits for both running commits', async () => {
    const { send, handed, queue } = onObedientStore();
    await send('1');
    await send('2');
    handed[0]?.onReady();
    let isSettled = false;
    void queue.settleCurrent().then(() => {
      isSettled = true;
    });

    handed[0]?.succeed();
    await nextTurn();
    assert.equal(isSettled, false);
    handed[1]?.succeed();
    await nextTurn();

    assert.equal(isSettled, true);
  });
});
