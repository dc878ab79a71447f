/**
 * A separate node: commits batches over several rooms, with ids that another node uses
 * concurrently, and prints one line of JSON per outcome.
 */
import type { RoomId, UserId } from '@parley/protocol';
import { openTestStore } from '../../support/postgres-store.ts';
import { command } from '../../support/records.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const BATCHES = 60;
const BATCHES_AT_ONCE = 3;
const COMMANDS_PER_BATCH = 12;
/** Few, so that the nodes repeat each other often. */
const IDS = 150;

const [url = '', seed = '', userId = '', ...roomIds] = process.argv.slice(2);
const store = await openTestStore(url);
const random = seededRandom(Number(seed));

/** Rooms and ids in any order: the order of locks differs from the order of writes. */
function randomCommand() {
  const roomId = roomIds[Math.floor(random() * roomIds.length)] ?? '';
  const clientMessageId = `c${Math.floor(random() * IDS)}`;
  // The test that starts this process passes ids of its records.
  return command({ roomId: roomId as RoomId, userId: userId as UserId, clientMessageId });
}

async function write(): Promise<void> {
  for (let count = 0; count < BATCHES / BATCHES_AT_ONCE; count += 1) {
    const batch = Array.from({ length: COMMANDS_PER_BATCH }, randomCommand);
    const outcomes = await store.log.commit(batch);
    for (const [index, outcome] of outcomes.entries()) {
      const { roomId, clientMessageId } = batch[index] ?? {};
      const { kind } = outcome;
      const sequence = kind === 'stored' ? outcome.event.sequence : undefined;
      console.log(JSON.stringify({ sequence, ...outcome, kind, roomId, clientMessageId }));
    }
  }
}

await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, write));
await store.close();
