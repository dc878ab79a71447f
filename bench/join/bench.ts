/**
 * `npm run bench -- join`: after a restart a thousand clients reconnect at once,
 * each 100 messages behind, while other clients keep sending in other rooms.
 * Limits on the number of messages are off (`MESSAGE_RATE_MAX=0`).
 */
import { hash, randomUUIDv7 } from 'node:crypto';
import { join } from 'node:path';
import type { MessageId, RoomId } from '@parley/protocol';
import type { Store } from '../../packages/server/src/ports/store.ts';
import type { Others, OthersRequests } from '../chat/others.ts';
import { addPeople, addRoom, type Person, TestBed } from '../chat/test-bed.ts';
import type { Bench, Sample } from '../harness/bench.ts';
import { ChildProgram, withPrograms } from '../harness/child-program.ts';
import { findDescriptorObstacle } from '../harness/descriptors.ts';
import type { LoadRequests, Storm } from './load.ts';

const CLIENTS = 1_000;
const ROOMS = 10;
const SENDERS = 5;
/** Messages that every client received before the restart, and messages sent after it. */
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
    const filled = await bed.fill(fillStore);
    return await measure(await bed.serve(), filled);
  } finally {
    await bed.close();
  }
}

function measure(url: string, { storm, senders }: Filled): Promise<Sample> {
  const fileOf = (name: string): string => join(import.meta.dirname, name);
  const programs = [
    new ChildProgram<LoadRequests>({ side: 'load', file: fileOf('load.ts') }),
    new ChildProgram<OthersRequests>({ side: 'load', file: fileOf('../chat/others.ts') }),
  ] as const;
  return withPrograms(programs, async (load, others) => {
    await others.ask('begin', { url, senders });
    await others.ask('take');
    const doneMs = await load.ask('storm', { ...storm, url });
    const longestMs = Math.max(...(await others.ask('end')));
    return { values: { done_s: doneMs / 1_000, others_send_max_ms: longestMs } };
  });
}

interface Filled {
  readonly storm: Omit<Storm, 'url'>;
  readonly senders: Others['senders'];
}

async function fillStore(store: Store): Promise<Filled> {
  const people = await addPeople(store, CLIENTS + SENDERS);
  const others = people.slice(CLIENTS);
  const clients: Storm['clients'][number][] = [];
  for (let room = 0; room < ROOMS; room += 1) {
    const members = people.slice((room * CLIENTS) / ROOMS, ((room + 1) * CLIENTS) / ROOMS);
    const roomId = await addRoom(store, `storm-${room}`, members);
    await write(store, roomId, members, SEEN + BEHIND);
    for (const { token } of members) clients.push({ token, roomId, lastSequence: SEEN });
  }
  const senders = await Promise.all(
    others.map(async (sender, index) => ({
      token: sender.token,
      roomId: await addRoom(store, `others-${index}`, [sender]),
    })),
  );
  return { storm: { clients, behind: BEHIND }, senders };
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
        attachments: [],
        parentId: undefined,
        clientMessageId: undefined,
        fingerprint: hash('sha256', content),
        admittedAtMs,
      };
    }),
  );
}
