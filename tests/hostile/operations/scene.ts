/**
 * A large server: a room of thousands of members and messages, the latest of which are as long as they may be.
 * Written into a folder, from which servers start again and again. Of the members, groups of people attack in turn.
 */
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { LIMITS, type MessageId, type UserId, type WorkspaceId } from '@parley/protocol';
import sharp from 'sharp';
import type { User } from '../../../packages/server/src/model/user.ts';
import { openSqliteStore } from '../../../packages/server/src/stores/sqlite/store.ts';
import { argon2PasswordHash } from '../../../packages/server/src/system/argon2-password-hash.ts';
import { systemCrypto } from '../../../packages/server/src/system/crypto.ts';
import { Account, PASSWORD } from '../../../packages/server/test/support/account.ts';
import { command, room, session, user } from '../../../packages/server/test/support/records.ts';
import { temporaryDirectory } from '../../../packages/server/test/support/temporary-directory.ts';
import { ParleyProcess } from '../../support/parley-process.ts';
import type { Attacker } from '../target.ts';

/** Attackers of an operation, and after them the honest user. */
export const GROUP = 9;
const GROUPS = 60;
/** Groups of owners of the server, after the others. */
const OWNER_GROUPS = 14;
const BYSTANDERS = 1_000;
const MESSAGES = 20_000;
/** The last messages: more than a page. */
const LONG_MESSAGES = 250;
const PER_COMMIT = 500;
/** Noise does not get smaller: 21 MB. */
const PICTURE_SIDE = 2_650;
const INTERVAL_MS = 1_000;
const DAY_MS = 24 * 60 * 60_000;
/** Sessions begin that much later, so that none is too old for an act that needs a recent login. */
const RUN_MS = 60 * 60_000;

export interface Person extends Attacker {
  /** Their own messages in the room. */
  readonly messageIds: readonly string[];
}

export interface Scene {
  readonly directory: string;
  readonly roomId: string;
  readonly quietId: string;
  readonly workspaceId: string;
  /** A picture of nearly as many bytes as a file may have, in a message of the room. */
  readonly fileId: string;
  readonly groupId: string;
  readonly people: readonly Person[];
  readonly owners: readonly Person[];
  /** Members of the room who do nothing. */
  readonly bystanders: readonly { readonly id: string; readonly username: string }[];
}

export async function prepareScene(): Promise<Scene> {
  const directory = temporaryDirectory();
  const store = await openSqliteStore({
    ...{ directory, durability: 'relaxed', timeoutMs: 60_000 },
    onFailure: (error) => {
      throw error;
    },
  });
  const passwordHash = await argon2PasswordHash.hash(PASSWORD);
  const nowMs = Date.now();
  const enter = async (username: string, over: Partial<User> = {}): Promise<User> => {
    const entered = user(username, over);
    await store.accounts.insertUser(entered, passwordHash);
    return entered;
  };
  const logIn = async ({ id: userId, username }: User): Promise<Attacker> => {
    const token = systemCrypto.newToken();
    const times = {
      ...{ createdAtMs: nowMs + RUN_MS, lastActivityAtMs: nowMs },
      expiresAtMs: nowMs + DAY_MS,
    };
    const begun = session({ userId, key: systemCrypto.digest(token), ...times });
    await store.sessions.insertSession(begun, passwordHash);
    return { username, userId, token };
  };
  const enterAll = async (count: number, name: string, over: Partial<User> = {}) => {
    const entered: Attacker[] = [];
    for (let index = 0; index < count; index += 1) {
      entered.push(await logIn(await enter(`${name}${index}`, over)));
    }
    return entered;
  };
  const owners = await enterAll(OWNER_GROUPS * GROUP, 'keeper', { role: 'owner' });
  const people = await enterAll(GROUPS * GROUP, 'rival');
  const bystanders: User[] = [];
  for (let index = 0; index < BYSTANDERS; index += 1) bystanders.push(await enter(`calm${index}`));

  const active = [...people, ...owners];
  const great = room('great');
  const quiet = room('quiet');
  const owning = active.map(({ userId }) => ({ userId: userId as UserId, role: 'owner' as const }));
  const beganMs = nowMs - (MESSAGES + 1) * INTERVAL_MS;
  await store.rooms.createRoom(
    great,
    [...owning, ...bystanders.map(({ id: userId }) => ({ userId, role: 'member' as const }))],
    beganMs,
  );
  await store.rooms.createRoom(quiet, owning, beganMs);
  const workspaceId = randomUUIDv7() as WorkspaceId;
  const [keeper] = owners;
  if (keeper === undefined) throw new Error('There is no owner');
  const workspace = { id: workspaceId, name: 'Works', createdAtMs: beganMs };
  await store.workspaces.createWorkspace(workspace, keeper.userId as UserId);
  for (const userId of [...people.map((each) => each.userId), ...bystanders.map(({ id }) => id)]) {
    const admitted = { workspaceId, userId: userId as UserId, nowMs: beganMs };
    await store.workspaces.admitToWorkspace(admitted);
  }
  const messageIds = new Map(active.map(({ userId }) => [userId, [] as string[]]));
  for (let first = 0; first < MESSAGES; first += PER_COMMIT) {
    const commands = Array.from({ length: PER_COMMIT }, (_, offset) => {
      const index = first + offset;
      const author = active[index % active.length];
      if (author === undefined) throw new Error('There is no author');
      const messageId = randomUUIDv7() as MessageId;
      messageIds.get(author.userId)?.push(messageId);
      const text = `note ${index} of all that is new https://example.org/${index} `;
      const isLong = index >= MESSAGES - LONG_MESSAGES;
      return command({
        ...{ roomId: great.id, userId: author.userId as UserId, messageId },
        content: isLong ? text.repeat(Math.floor(LIMITS.contentLengthMax / text.length)) : text,
        admittedAtMs: beganMs + index * INTERVAL_MS,
      });
    });
    await store.log.commit(commands);
  }
  while ((await store.search.indexMessages(PER_COMMIT, ['en'])) !== 'none');
  await store.close();
  const made = await furnish(directory, keeper, { roomId: great.id, bystanders });
  const withMessages = (each: Attacker): Person => ({
    ...each,
    messageIds: messageIds.get(each.userId) ?? [],
  });
  return {
    ...{ directory, roomId: great.id, quietId: quiet.id, workspaceId, ...made },
    ...{ people: people.map(withMessages), owners: owners.map(withMessages) },
    bystanders: bystanders.map(({ id, username }) => ({ id, username })),
  };
}

/** A file and a group of users, which need a server. */
async function furnish(
  directory: string,
  { username }: Attacker,
  { roomId, bystanders }: { readonly roomId: string; readonly bystanders: readonly User[] },
): Promise<{ readonly fileId: string; readonly groupId: string }> {
  const server = await ParleyProcess.start({ PORT: '0', DATA_DIR: directory });
  try {
    const keeper = await Account.logIn(server.url, username);
    const raw = { width: PICTURE_SIDE, height: PICTURE_SIDE, channels: 3 as const };
    const noise = sharp(randomBytes(PICTURE_SIDE * PICTURE_SIDE * raw.channels), { raw });
    const picture = await noise.png({ compressionLevel: 0 }).toBuffer();
    const answer = await keeper.sendFile('POST', '/api/upload', picture);
    const { fileId } = (await answer.json()) as { readonly fileId: string };
    const message = { roomId, content: 'A picture', attachments: [{ fileId }] };
    await keeper.must('POST', '/api/messages', message);
    const userIds = bystanders.slice(0, LIMITS.userGroupChangesMax).map(({ id }) => id);
    const group = { handle: 'calm-people', name: 'Calm people', userIds };
    const made = await keeper.must<{ group: { id: string } }>('POST', '/api/user-groups', group);
    return { fileId, groupId: made.group.id };
  } finally {
    await server.stop();
  }
}
