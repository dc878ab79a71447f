/** Finds when the recipient of a direct room first read its messages. */

import type { RoomId, UserId } from '@parley/protocol';
import { recipientOf } from '../../model/direct-room-identity.ts';
import type { Message } from '../../model/message.ts';
import type { Reader } from '../../model/read-receipt.ts';
import type { Room } from '../../model/room.ts';
import type { Store } from '../../ports/store.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import { findPrivateReader, type ReadReceiptPrivacyDependencies } from './blocked-read-receipts.ts';

export type ReadTimesDependencies = ReadReceiptPrivacyDependencies & {
  readonly store: Pick<Store, 'rooms'>;
  readonly presence: Pick<UserPresence, 'isHiddenIn' | 'loadConsent'>;
};

type ReadTimes = (message: Message) => number | undefined;

/**
 * Finds when the recipient first read each of these messages of a direct room, as far as neither a
 * block nor a missing answer to a stranger hides it. The messages are consecutive, oldest first.
 */
export function findReadTimes(
  dependencies: ReadTimesDependencies,
  room: Room,
  viewerId: UserId,
  messages: readonly Message[],
): Promise<ReadTimes> {
  const [first] = messages;
  const page = first && { from: first.sequence, limit: messages.length };
  return findReadTimesFrom(dependencies, room, viewerId, page);
}

/** For `limit` messages from a sequence on; for none if undefined. */
export async function findReadTimesFrom(
  { store, presence }: ReadTimesDependencies,
  room: Room,
  viewerId: UserId,
  page: { readonly from: number; readonly limit: number } | undefined,
): Promise<ReadTimes> {
  if (page === undefined) return () => undefined;
  const steps = await store.rooms.listReadSteps(room.id, page);
  const hiddenId = await findPrivateReader({ store }, room, viewerId);
  await presence.loadConsent([room]);
  const stepsOf = Map.groupBy(steps, ({ userId }) => userId);
  return ({ sequence, userId }) => {
    const recipientId = recipientOf(room, userId);
    if (recipientId === undefined || recipientId === hiddenId) return undefined;
    if (presence.isHiddenIn(room, recipientId, viewerId)) return undefined;
    return firstStepOver(stepsOf.get(recipientId) ?? [], sequence)?.readAtMs;
  };
}

/**
 * When the recipients of these direct rooms read the last messages, as far as neither a block nor a
 * missing answer hides it, with two reads of the store for any number of rooms. `loadConsent` of
 * `presence` was called for them.
 */
export async function findLastReads(
  {
    store,
    presence,
  }: Pick<ReadTimesDependencies, 'store'> & {
    readonly presence: Pick<UserPresence, 'isHiddenIn'>;
  },
  viewerId: UserId,
  rooms: readonly Room[],
  lastOf: ReadonlyMap<RoomId, Message>,
): Promise<ReadonlyMap<RoomId, number>> {
  const asked = rooms.flatMap((room) => {
    const last = lastOf.get(room.id);
    const recipientId = last && recipientOf(room, last.userId);
    const otherId = recipientOf(room, viewerId);
    if (last === undefined || recipientId === undefined || otherId === undefined) return [];
    if (presence.isHiddenIn(room, recipientId, viewerId)) return [];
    return [{ roomId: room.id, sequence: last.sequence, recipientId, otherId }];
  });
  if (asked.length === 0) return new Map();
  const readersOf = await store.rooms.listFirstReads(asked);
  // Read after the times: none of them is later than a block. Users see their own reading.
  const hidden = new Set(
    await store.accounts.listBlockedBetween(
      viewerId,
      asked.map(({ otherId }) => otherId),
    ),
  );
  return new Map(
    asked.flatMap(({ roomId, recipientId }) => {
      const reader = readersOf.get(roomId)?.find(({ userId }) => userId === recipientId);
      return reader === undefined || hidden.has(recipientId) ? [] : [[roomId, reader.readAtMs]];
    }),
  );
}

/** Binary search: a page has up to a thousand messages and as many steps. */
function firstStepOver(steps: readonly Reader[], sequence: number): Reader | undefined {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle]?.sequence ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  return steps[low];
}
