/**
 * `npm run bench -- join`: after a restart a thousand clients come back at once,
 * each 100 messages behind, while others go on sending in rooms of their own.
 * Limits on the number of messages are off (`MESSAGE_RATE_MAX=0`).
 */
import { hash, randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import type { MessageId, RoomId } from '@parley/protocol';
import type { Store } from '../../packages/server/src/ports/store.ts';
import { addPeople, addRoom, type Person, TestBed } from '../chat/test-bed.ts';
import type { Bench, Sample } from '../harness/bench.ts';
import { findDescriptorObstacle } from '../harness/descriptors.ts';
import { Part, withParts } from '../harness/part.ts';
import type { LoadRequests, Storm } from './load.ts';

const CLIENTS = 1_000;
const ROOMS = 10;
const SENDERS = 5;
/** What everybody has seen before the restart, and what came after that. */
const SEEN = 100;
const BEHIND = 100;

export const joinBench: Bench = {
  name: 'join',
  peer: 'parley',
  works: [
    {
      name: `storm-${CLIENTS}`,
      subjects: ['parley'],
      metrics: {
        done_s: { unit: 's', ratio: 'less-is-gain' },
        others_send_max_ms: { unit: 'ms', ratio: 'less-is-gain' },
      },
      findObstacle: () => findDescriptorObstacle(CLIENTS),
      run: runStorm,
    },
  ],
};

async function runStorm(): Promise<Sample> {
  const bed = await TestBed.open('sqlite');
  try {
    const storm = await bed.fill(fillStore);
    const url = await bed.serve();
    const file = join(import.meta.dirname, 'load.ts');
    return await withParts([new Part<LoadRequests>({ side: 'load', file })], async (load) => {
      await load.ask('begin', { ...storm, url });
      const { doneMs, othersMaxMs } = await load.ask('storm');
      return { values: { done_s: doneMs / 1_000, others_send_max_ms: othersMaxMs } };
    });
  } finally {
    await bed.close();
  }
}

async function fillStore(store: Store): Promise<Omit<Storm, 'url'>> {
  const people = await addPeople(store, CLIENTS + SENDERS);
  const senders = people.slice(CLIENTS);
  const clients: Storm['clients'][number][] = [];
  for (let room = 0; room < ROOMS; room += 1) {
    const members = people.slice((room * CLIENTS) / ROOMS, ((room + 1) * CLIENTS) / ROOMS);
    const roomId = await addRoom(store, `storm-${room}`, members);
    await write(store, roomId, members, SEEN + BEHIND);
    for (const { token } of members) clients.push({ token, roomId, lastSequence: SEEN });
  }
  const others = await Promise.all(
    senders.map(async (sender, index) => ({
      token: sender.token,
      roomId: await addRoom(store, `others-${index}`, [sender]),
    })),
  );
  return { clients, others, behind: BEHIND };
}

async function write(
  store: Store,
  roomId: RoomId,
  members: readonly Person[],
  count: number,
): Promise<void> {
  const admittedAtMs = Date.now();
  await store.log.commit(
    Array.from({ length: count }, (_, index) => {
      const content = `Message ${index}: as long as people write them in a chat, all day long.`;
      return {
        kind: 'message' as const,
        roomId,
        userId: (members[index % members.length] ?? ({} as Person)).userId,
        messageId: randomUUIDv7() as MessageId,
        content,
        mentions: { everyone: false, names: [] },
        parentId: undefined,
        clientMessageId: undefined,
        fingerprint: hash('sha256', content),
        admittedAtMs,
      };
    }),
  );
}
