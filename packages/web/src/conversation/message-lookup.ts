/** Finds loaded messages by id. The index of a room grows with its messages. */
import {
  type ClientSnapshot,
  type Message,
  type MessageId,
  type RoomId,
  toTimelineMessage,
  type UserPayload,
} from '@parley/client';
import { isPoll } from './is-poll.ts';

/** Replies to a message, as it shows them. */
interface ThreadActivity {
  /** The latest people who replied, newest first. */
  readonly people: readonly Pick<Message, 'userId' | 'sender'>[];
  readonly lastAtMs: number;
}

/** Faces beside the number of replies. */
const FACES_MAX = 3;

/** Places of the messages of a room by id. */
interface Index {
  readonly firstId: MessageId | undefined;
  lastId: MessageId | undefined;
  length: number;
  readonly places: Map<MessageId, number>;
  readonly threads: Map<MessageId, ThreadActivity>;
}

const INDEXES = new Map<RoomId, Index>();

export function findMessage(
  { rooms }: Pick<ClientSnapshot, 'rooms'>,
  roomId: RoomId,
  messageId: MessageId | undefined,
): Message | undefined {
  const room = rooms.get(roomId);
  if (room?.kind !== 'open' || messageId === undefined) return undefined;
  const { messages } = room.log;
  const place = indexOf(roomId, messages).places.get(messageId);
  return place === undefined ? undefined : messages[place];
}

/** The replies to a message among those that are loaded; undefined if there is none. */
export function threadActivity(
  { rooms }: Pick<ClientSnapshot, 'rooms'>,
  roomId: RoomId,
  messageId: MessageId,
): ThreadActivity | undefined {
  const room = rooms.get(roomId);
  return room?.kind === 'open'
    ? indexOf(roomId, room.log.messages).threads.get(messageId)
    : undefined;
}

/** Only new messages are added: most changes append one, or replace one in its place. */
function indexOf(roomId: RoomId, messages: readonly Message[]): Index {
  let index = INDEXES.get(roomId);
  const isContinued =
    index !== undefined &&
    index.firstId === messages[0]?.id &&
    index.lastId === messages[index.length - 1]?.id;
  if (index === undefined || !isContinued) {
    index = {
      firstId: messages[0]?.id,
      lastId: undefined,
      length: 0,
      places: new Map(),
      threads: new Map(),
    };
    INDEXES.set(roomId, index);
  }
  for (; index.length < messages.length; index.length += 1) {
    const message = messages[index.length] as Message;
    const { id, parentId } = message;
    index.places.set(id, index.length);
    index.lastId = id;
    if (parentId === undefined) continue;
    index.threads.set(parentId, withReply(index.threads.get(parentId), message));
  }
  return index;
}

function withReply(
  activity: ThreadActivity | undefined,
  { userId, sender, sentAtMs }: Message,
): ThreadActivity {
  const others = activity?.people.filter((person) => person.userId !== userId) ?? [];
  return { people: [{ userId, sender }, ...others].slice(0, FACES_MAX), lastAtMs: sentAtMs };
}

/** Key of the user's latest message that still has a text; undefined if none is loaded. */
export function lastOwnMessage(
  { rooms, deletions }: Pick<ClientSnapshot, 'rooms' | 'deletions'>,
  roomId: RoomId,
  self: UserPayload,
  isCandidate: (message: Message) => boolean = () => true,
): string | undefined {
  const room = rooms.get(roomId);
  if (room?.kind !== 'open') return undefined;
  const own = room.log.messages.findLast(
    (message) =>
      message.userId === self.id &&
      message.content !== '' &&
      !isPoll(message) &&
      !deletions.has(message.id) &&
      isCandidate(message),
  );
  return own && toTimelineMessage(own).key;
}
