import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Epoch } from '@parley/protocol';
import type { ConnectionStream } from '../../../src/domain/delivery/chat-connection.ts';
import { ClientMemoryBudget } from '../../../src/domain/delivery/client-memory-budget.ts';
import { GapRepair } from '../../../src/domain/delivery/gap-repair.ts';
import { RoomStream } from '../../../src/domain/delivery/room-stream.ts';
import { BackgroundTasks } from '../../../src/domain/primitives/background-tasks.ts';
import type { LogRecord } from '../../../src/ports/logger.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { headAt, messageEvent, room } from '../../support/records.ts';

const LATER = 'log.later' as Epoch;

test('a read from before a failover does not bring the former log back', async () => {
  const lobby = room('lobby');
  const clock = new FakeClock();
  const errors: LogRecord[] = [];
  const pages = [
    { head: headAt(5), firstSequence: 1, events: [messageEvent(lobby.id, 5)] },
    {
      head: { sequence: 4, epoch: LATER },
      firstSequence: 1,
      events: [{ ...messageEvent(lobby.id, 4), epoch: LATER }],
    },
  ];
  const first = Promise.withResolvers<void>();
  let reads = 0;
  const repair = new GapRepair({
    log: {
      readEvents: async () => {
        const page = pages[reads];
        reads += 1;
        assert(page !== undefined);
        if (reads === 1) await first.promise;
        return page;
      },
    },
    commits: { settleCurrent: async () => {} },
    clock,
    background: new BackgroundTasks({ record: (entry) => errors.push(entry) }),
    isOpen: () => true,
  });
  const stream: ConnectionStream = new RoomStream(lobby, {
    tailMax: 100,
    budget: new ClientMemoryBudget(1024 * 1024),
    onGap: () => repair.schedule(stream),
  });

  repair.schedule(stream);
  clock.advance(20);
  // A snapshot shows the log that follows while the read runs.
  stream.follow(LATER);
  stream.learnHead(3);
  first.resolve();
  await turn();
  assert.deepEqual([stream.epoch, stream.head], [LATER, 3]);
  clock.advance(1000);
  await turn();

  assert.deepEqual([stream.epoch, stream.head, reads, errors.length], [LATER, 4, 2, 1]);
});
