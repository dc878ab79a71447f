/** `set_topic`: one line about a room, by those who may manage it. */

import { ChatError, isBlank, LIMITS, type RoomId } from '@parley/protocol';
import type { Room } from '../../model/room.ts';
import { mayManageRoom } from '../../model/room-policy.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { Author } from '../delivery/log-writer.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import { type TextKind, toLine } from '../primitives/text-validation.ts';
import { announceChange } from './room-changes.ts';

interface RoomTopicsDependencies {
  readonly store: Pick<Store, 'rooms'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly streams: Pick<RoomStreamRegistry, 'get' | 'send'>;
}

export interface TopicRequest {
  readonly roomId: RoomId;
  readonly topic: string;
}

const TOPIC: TextKind = { field: 'topic', noun: 'The topic', lengthMax: LIMITS.topicLengthMax };

/**
 * Sets the topic, or removes it for an empty text, and sends it to all users who have the room open.
 *
 * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND; FORBIDDEN for users who may not manage the room;
 *   RATE_LIMITED, UNAVAILABLE.
 */
export async function setTopic(
  dependencies: RoomTopicsDependencies,
  { user, connection }: Author,
  { roomId, topic: written }: TopicRequest,
): Promise<Room> {
  const { store, userLimits } = dependencies;
  await userLimits.changes.take(user.id);
  const { room: before, role, workspaceRole } = await findReadable({ store }, user.id, roomId);
  if (!mayManageRoom({ role: user.role, roomRole: role, workspaceRole }, before.kind)) {
    throw new ChatError('FORBIDDEN');
  }
  const topic = isBlank(written) ? '' : toLine(written, TOPIC);
  if (!(await store.rooms.setTopic(roomId, topic))) throw new ChatError('NOT_FOUND');
  const room = { ...before, topic: topic === '' ? undefined : topic };
  announceChange(dependencies, room, connection);
  return room;
}
