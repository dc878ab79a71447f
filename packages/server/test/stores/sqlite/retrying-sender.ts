/**
 * Arguments `DIRECTORY USER ROOM COUNT`: sends so many messages, each repeated until it is
 * answered; prints what is stored.
 */
import type { RoomId, UserId } from '@parley/protocol';
import { command } from '../../support/records.ts';
import { commitUntilKnown, retryUntilKnown } from '../../support/retry-until-known.ts';
import { openTestStore } from '../../support/sqlite-store.ts';

const [directory = '', user = '', room = '', count = '0'] = process.argv.slice(2);
// Ids that the store gave to the test.
const author = { userId: user as UserId, roomId: room as RoomId };
const store = await openTestStore(directory, { onFailure: () => {} });
let duplicates = 0;
for (let index = 0; index < Number(count); index += 1) {
  const sent = command({ ...author, clientMessageId: `c${index}` });
  const outcome = await commitUntilKnown(store, [sent]);
  if (outcome?.kind === 'duplicate') duplicates += 1;
}
const page = { ...author, before: undefined, after: undefined, limit: 2 * Number(count) };
const { messages } = await retryUntilKnown(() => store.log.readHistory(page));
console.log(JSON.stringify({ sequences: messages.map(({ sequence }) => sequence), duplicates }));
await store.close();
