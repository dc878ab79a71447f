/** Users whom a message to a private room names and who are not in it: such a mention reaches nobody. */

import { ChatError, findMentions, mentionNames, type UserId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import { isKnownToOthers } from '../../model/room-policy.ts';
import type { Store } from '../../ports/store.ts';
import { isDirectOrGroup } from '../delivery/auto-subscribed-kinds.ts';
import type { OnAcknowledged } from '../delivery/log-writer.ts';

interface UnreachedMentionsDependencies {
  readonly store: Pick<Store, 'accounts' | 'invitations' | 'rooms'>;
}

/** Maximum number of names in a message that are looked up. */
const NAMES_MAX = 50;

/** The names in a message to this room that may be those of users outside; mostly none. */
export function namesToReach(room: Room, content: string): readonly string[] {
  if (isKnownToOthers(room) || isDirectOrGroup(room)) return [];
  return findMentions(content).names.slice(0, NAMES_MAX);
}

/** @throws {StoreUnavailable} */
export async function findUnreached(
  { store }: UnreachedMentionsDependencies,
  { id: roomId }: Pick<Room, 'id'>,
  names: readonly string[],
): Promise<UserId[]> {
  const meant = names.map((name) => mentionNames(name));
  const users = await store.accounts.listUsers([], meant.flat());
  if (users.length === 0) return [];
  const ids = users.map(({ id }) => id);
  const { members } = await store.rooms.readUnread(roomId, ids);
  // Also those whose invitation a block hides: they are shown as members.
  const invited = (await store.invitations.listInvited([roomId])).get(roomId) ?? [];
  const inside = new Set([...members.map(({ userId }) => userId), ...invited.map(({ id }) => id)]);
  const byName = new Map(users.map((user) => [user.username.toLowerCase(), user]));
  const unreached = meant.flatMap((each) => {
    const known = each.flatMap((name) => byName.get(name) ?? []);
    // Of the users whom a name may mean, a member is meant.
    const outside = known.some(({ id }) => inside.has(id)) ? undefined : known[0];
    return outside === undefined || outside.disabledAtMs !== undefined ? [] : [outside.id];
  });
  return [...new Set(unreached)];
}

/** Adds to an acknowledgement whom the message has not reached. */
export function withUnreached(
  onAcknowledged: OnAcknowledged,
  notReached: readonly UserId[],
): OnAcknowledged {
  if (notReached.length === 0) return onAcknowledged;
  return (result) =>
    onAcknowledged(result instanceof ChatError ? result : { ...result, notReached });
}
