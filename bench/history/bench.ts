/**
 * `npm run bench -- history`: a page of 50 over the wire from a room of a million
 * messages, a tenth of them edited, with 100,000 reactions, at any depth.
 * `PARLEY_BENCH_MESSAGES` makes the room smaller, for a quick look.
 */
import { hash, randomUUIDv7 } from 'node:crypto';
import type { MessageId, RoomId } from '@parley/protocol';
import type { LogCommand } from '../../packages/server/src/ports/log-store.ts';
import type { Store } from '../../packages/server/src/ports/store.ts';
import { NativeLink } from '../chat/native-link.ts';
import { percentile } from '../chat/percentile.ts';
import { addPeople, addRoom, type Person, type StoreKind, TestBed } from '../chat/test-bed.ts';
import type { Bench, Sample, Work } from '../harness/bench.ts';

const MESSAGES = Number(process.env['PARLEY_BENCH_MESSAGES'] ?? 1_000_000);
const EDITED_EVERY = 10;
const REACTED_EVERY = 10;
const PEOPLE = 10;
const BATCH = 1_000;
const PAGE = 50;
const WARM_UP_PAGES = 200;
const PAGES = 3_000;

const KINDS: readonly StoreKind[] = ['sqlite', 'postgres'];

export const historyBench: Bench = { name: 'history', peer: 'parley', works: KINDS.map(workOn) };

/** Filling the room takes longer than reading from it: done once, for all rounds. */
function workOn(kind: StoreKind): Work {
  let room: FilledRoom | undefined;
  return {
    name: kind,
    subjects: ['parley'],
    metrics: {
      p99_ms: { unit: 'ms', ratio: 'less-is-gain' },
      p50_ms: { unit: 'ms', ratio: 'less-is-gain' },
    },
    async run() {
      room ??= await openRoom(kind);
      return readPages(room);
    },
    async end() {
      await room?.bed.close();
      room = undefined;
    },
  };
}

interface FilledRoom {
  readonly bed: TestBed;
  readonly url: string;
  readonly token: string;
  readonly roomId: RoomId;
  readonly head: number;
}

async function openRoom(kind: StoreKind): Promise<FilledRoom> {
  const bed = await TestBed.open(kind);
  try {
    const room = await bed.fill(async (store) => {
      const people = await addPeople(store, PEOPLE);
      const roomId = await addRoom(store, 'history', people);
      const head = await fillRoom(store, roomId, people);
      return { roomId, head, token: people[0]?.token ?? '' };
    });
    return { ...room, bed, url: await bed.serve() };
  } catch (error) {
    await bed.close();
    throw error;
  }
}

/** Writes all messages, with edits and reactions among them. Resolves to the head. */
async function fillRoom(store: Store, roomId: RoomId, people: readonly Person[]): Promise<number> {
  let head = 0;
  let batch: LogCommand[] = [];
  const put = async (command: LogCommand): Promise<void> => {
    batch.push(command);
    if (batch.length >= BATCH) await flush();
  };
  const flush = async (): Promise<void> => {
    const outcomes = await store.log.commit(batch);
    if (outcomes.some(({ kind }) => kind !== 'stored')) throw new Error('a command was refused');
    head += batch.length;
    batch = [];
  };
  for (let index = 0; index < MESSAGES; index += 1) {
    const person = people[index % people.length];
    const reader = people[(index + 1) % people.length];
    if (person === undefined || reader === undefined) throw new Error('nobody is there');
    const messageId = randomUUIDv7() as MessageId;
    const content = `Message ${index}: as long as people write them in a chat, all day long.`;
    const about = { roomId, messageId, ...CONSTANT };
    const mentions = { everyone: false, names: [] };
    await put({
      ...about,
      kind: 'message',
      userId: person.userId,
      content,
      mentions,
      parentId: undefined,
    });
    if (index % EDITED_EVERY === 0) {
      const edited = `${content} Edited.`;
      await put({ ...about, kind: 'edit', userId: person.userId, content: edited, mentions });
    }
    if (index % REACTED_EVERY === 1) {
      await put({ ...about, kind: 'reaction-added', userId: reader.userId, emoji: '👍' });
    }
  }
  await flush();
  return head;
}

const CONSTANT = {
  clientMessageId: undefined,
  fingerprint: hash('sha256', 'bench'),
  admittedAtMs: Date.now(),
};

/** One page after the other, each at a depth of its own. */
async function readPages({ url, token, roomId, head }: FilledRoom): Promise<Sample> {
  const link = await NativeLink.open(url, token);
  const latenciesMs: number[] = [];
  for (let page = 0; page < WARM_UP_PAGES + PAGES; page += 1) {
    const before = PAGE * 2 + Math.floor(Math.random() * (head - PAGE * 2));
    const beganAtMs = performance.now();
    const { messages } = await link.ask<{ messages: { sequence: number }[] }>('get_history', {
      roomId,
      before,
      limit: PAGE,
    });
    latenciesMs.push(performance.now() - beganAtMs);
    const newest = messages.at(-1)?.sequence ?? 0;
    if (messages.length !== PAGE || newest >= before) throw new Error('not the page asked for');
  }
  link.close();
  const measured = latenciesMs.slice(WARM_UP_PAGES);
  return { values: { p99_ms: percentile(measured, 0.99), p50_ms: percentile(measured, 0.5) } };
}
