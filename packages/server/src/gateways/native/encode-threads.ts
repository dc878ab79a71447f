/** Encodes the threads that a user follows. */
import type { FollowedThreadPayload } from '@parley/protocol';
import type { ShownThread } from '../../domain/threads/threads.ts';
import { toTimestamp } from '../common/payloads.ts';
import { toMessagePayload } from './encode.ts';

export function toFollowedThread(thread: ShownThread): FollowedThreadPayload {
  const { roomId, roomName, rootId: messageId, root, replies, unreadCount, lastAtMs } = thread;
  return {
    ...{ messageId, room: { id: roomId, name: roomName }, unreadCount },
    ...(root === undefined ? {} : { parent: toMessagePayload(root) }),
    ...{ messages: replies.map(toMessagePayload), lastReplyAt: toTimestamp(lastAtMs) },
  };
}
