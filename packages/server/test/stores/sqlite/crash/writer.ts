/**
 * Writes to a store as fast as it can, in several rooms at once, and prints a line for each
 * acknowledgement: `ROOM SEQUENCE CLIENT_MESSAGE_ID`. Runs until it is killed. Standard output is a
 * pipe, written before the call returns.
 */
import { command, ownedBy, room, user } from '../../../support/records.ts';
import { openTestStore } from '../../../support/sqlite-store.ts';

const ROOMS = ['lobby', 'ops', 'random'];
const WRITERS_PER_ROOM = 3;

const [directory = '', round = ''] = process.argv.slice(2);
process.stdout.write('opening\n');
const store = await openTestStore(directory);

await store.accounts.insertUser(user('alice'), 'hash');
const alice = (await store.accounts.findCredentials('alice'))?.user;
if (alice === undefined) throw new Error('The account that was just stored is not there');

for (const name of ROOMS) {
  const { id: roomId } = await store.rooms.createRoom(room(name), ownedBy(alice), 0);
  for (let writer = 0; writer < WRITERS_PER_ROOM; writer += 1) void write(roomId, writer);
}

async function write(roomId: ReturnType<typeof room>['id'], writer: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const batch = Array.from({ length: 1 + (count % 4) }, (_, index) => {
      const clientMessageId = `${round}-${writer}-${count}-${index}`;
      return command({ roomId, userId: alice?.id ?? user('nobody').id, clientMessageId });
    });
    const outcomes = await store.log.commit(batch);
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.kind !== 'stored') throw new Error(`Not stored: ${JSON.stringify(outcome)}`);
      process.stdout.write(
        `${roomId} ${outcome.event.sequence} ${batch[index]?.clientMessageId}\n`,
      );
    }
  }
}
