/** Searches by strangers for words that are common in rooms that they may not read. */
import { openSqliteStore } from '../../../packages/server/src/stores/sqlite/store.ts';
import { command, room } from '../../../packages/server/test/support/records.ts';
import type { Attack } from '../attack.ts';

const MESSAGES = 12_000;
const PER_COMMIT = 500;
const SEARCHERS = 8;
const SEARCH_MS = 8_000;
/** Between two messages. */
const INTERVAL_MS = 1000;

/** A private room of a user, each of whose messages has a word in common with the others. */
async function fillPrivateRoom(directory: string): Promise<Readonly<Record<string, string>>> {
  const store = await openSqliteStore({
    ...{ directory, durability: 'relaxed', timeoutMs: 60_000 },
    onFailure: (error) => {
      throw error;
    },
  });
  const owner = await store.accounts.findUser({ kind: 'username', username: 'victim' });
  if (owner === undefined) throw new Error('There is no victim');
  const secret = room('secret', { visibility: 'private' });
  const beganMs = Date.now() - MESSAGES * INTERVAL_MS;
  await store.rooms.createRoom(secret, [{ userId: owner.id, role: 'owner' }], beganMs);
  for (let first = 0; first < MESSAGES; first += PER_COMMIT) {
    const commands = Array.from({ length: PER_COMMIT }, (_, index) =>
      command({
        ...{ roomId: secret.id, userId: owner.id, content: `note ${first + index}` },
        admittedAtMs: beganMs + (first + index) * INTERVAL_MS,
      }),
    );
    await store.log.commit(commands);
  }
  while ((await store.search.indexMessages(PER_COMMIT, ['en'])) !== 'none');
  await store.close();
  return {};
}

export const SEARCH_ATTACKS: readonly Attack[] = [
  {
    name: 'search-flood',
    about: `${SEARCHERS} accounts search for a word that ${MESSAGES} messages of a private room of others have.`,
    threat: 'Searches that cost what strangers wrote',
    durationMs: SEARCH_MS + 10_000,
    server: { settings: fillPrivateRoom },
    run: async (target) => {
      let answers = 0;
      const search = async (index: number): Promise<void> => {
        const attacker = target.attacker(index);
        const q = ['note', 'not', `from:${target.victim.username}`][index % 3] ?? 'note';
        await target.repeat(async () => {
          const path = `/api/search?q=${encodeURIComponent(q)}`;
          const { status, body } = await target.request({ path, attacker });
          if (status !== 200) return;
          answers += 1;
          target.expect(body.includes('"results":[]'), `a stranger has found ${body}`);
        });
      };
      const searching = target.each(SEARCHERS, search);
      await target.wait(SEARCH_MS);
      target.end();
      await searching;
      target.expect(answers > 0, 'the attackers were not served at all');
    },
  },
];
