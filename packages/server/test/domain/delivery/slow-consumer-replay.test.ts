import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Epoch } from '@parley/protocol';
import {
  ChatConnection,
  type ConnectionStream,
} from '../../../src/domain/delivery/chat-connection.ts';
import { ClientMemoryBudget } from '../../../src/domain/delivery/client-memory-budget.ts';
import { RoomStream } from '../../../src/domain/delivery/room-stream.ts';
import { RoomSubscription } from '../../../src/domain/delivery/room-subscription.ts';
import { SlowConsumerReplay } from '../../../src/domain/delivery/slow-consumer-replay.ts';
import { BackgroundTasks } from '../../../src/domain/primitives/background-tasks.ts';
import { DOMAIN_DEFAULTS } from '../../../src/domain/settings.ts';
import type { ChatEvent } from '../../../src/model/client-event.ts';
import type { RoomEvent } from '../../../src/model/room-event.ts';
import type { EventLog } from '../../../src/ports/event-log.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { headAt, messageEvent, room, user } from '../../support/records.ts';

const LATER = 'log.later' as Epoch;
const FULL = DOMAIN_DEFAULTS.hardBufferBytes + 1;

test('a client is sent nothing that was read before a failover', async () => {
  const lobby = room('lobby');
  const former = (sequence: number): RoomEvent => messageEvent(lobby.id, sequence);
  const later = (sequence: number): RoomEvent => ({ ...former(sequence), epoch: LATER });
  const clock = new FakeClock();
  const received: Epoch[] = [];
  const link = {
    about: { dialect: 'plain', address: '192.0.2.1', openForMs: 0 },
    bufferedBytes: 0,
    dialect: { encode: (sent: ChatEvent) => sent },
    push: (sent: object) => {
      const event = sent as ChatEvent;
      if (event.kind === 'logged') received.push(event.event.epoch);
    },
    end: () => {},
  };
  const id = systemCrypto.newRandomId() as ChatConnection['id'];
  const identity = { user: user('bob'), sessionKey: 'key', expiresAtMs: 0 };
  const connection = new ChatConnection(id, identity, link, {
    ...{ settings: DOMAIN_DEFAULTS, clock, onLaggedTooLong: () => {} },
  });
  connection.markWelcomed();
  const stream: ConnectionStream = new RoomStream(lobby, {
    tailMax: 1,
    budget: new ClientMemoryBudget(1024 * 1024),
    onGap: () => {},
  });
  const subscription = new RoomSubscription(connection, lobby.id, {
    behindMax: 100,
    handleAccessLost: () => {},
    handleTooFarBehind: () => subscription.suspend(clock.schedule(1000, () => {})),
  });
  subscription.attach(stream);
  connection.subscriptions.set(lobby.id, subscription);

  const answers: ((page: Awaited<ReturnType<EventLog['readEvents']>>) => void)[] = [];
  const log = { readEvents: () => new Promise((resolve) => answers.push(resolve)) };
  const replay = new SlowConsumerReplay({
    log: log as unknown as EventLog, // Only this method is called.
    clock,
    background: new BackgroundTasks({ record: () => {} }),
    resync: () => {},
    sendParticipants: () => {},
    sendActivity: () => {},
  });
  const lag = (event: typeof former, head: ReturnType<typeof headAt>): void => {
    subscription.start(head);
    link.bufferedBytes = FULL;
    for (const sequence of [2, 3, 4]) stream.accept(event(sequence));
    link.bufferedBytes = 0;
    replay.drained(connection);
  };
  lag(former, headAt(1));
  // While the read runs the client opens the room again, at the same position of another log.
  stream.follow(LATER, stream.epoch);
  subscription.load();
  lag(later, { sequence: 1, epoch: LATER });
  assert.equal(subscription.state, 'lagging');

  answers[0]?.({ head: headAt(4), firstSequence: 1, events: [2, 3, 4].map(former) });
  await turn();
  assert.deepEqual(received, []);
  clock.advance(1000);
  answers[1]?.({
    head: { sequence: 4, epoch: LATER },
    firstSequence: 1,
    events: [2, 3, 4].map(later),
  });
  await turn();

  assert.deepEqual(received, [LATER, LATER, LATER]);
});
