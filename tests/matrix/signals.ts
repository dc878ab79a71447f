/** Clients of each dialect that record what they show of the other users in a room. */
import type { ServerFrames } from '@parley/protocol';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import { SocketIoClient } from '../../packages/server/test/support/socketio-client.ts';
import type { Person } from './dialect-driver.ts';

export interface SentMessage {
  readonly id: string;
  readonly sequence: number;
}

interface SignalClient {
  setTyping(isTyping: boolean): void;
  markRead(message: SentMessage): void;
  leave(): void;
  /** Sends a message; the client of a dialect may ignore the answer. */
  say(content: string): void;
  /** Code of the first error that the client has received. */
  errorCode(): string | undefined;
  /** Users who the client shows as typing. */
  typists(): readonly string[];
  /** Users who the client shows in the room. */
  members(): readonly string[];
  hasRead(userId: string, message: SentMessage): boolean;
  close(): void;
}

interface SignalDriver {
  readonly name: string;
  /** Opens a room, of which the user is a member. */
  open(person: Person, roomId: string): Promise<SignalClient>;
}

interface UserEvent {
  readonly userId: string;
  readonly roomId?: string;
}

/** Keeps the users whom events have added and not removed since. */
function shownUsers(
  events: readonly { readonly userId: string; readonly isShown: boolean }[],
): readonly string[] {
  const shown = new Set<string>();
  for (const { userId, isShown } of events) {
    if (isShown) shown.add(userId);
    else shown.delete(userId);
  }
  return [...shown];
}

const native: SignalDriver = {
  name: 'native',
  async open({ server, token }, roomId) {
    const socket = server.open(token);
    await socket.next('connection_established');
    const joined = await socket.joinRoom({ roomId });
    const events = <T extends keyof ServerFrames>(type: T) => socket.ofType(type);
    return {
      setTyping: (isTyping) => socket.send('user_typing', { roomId, isTyping }),
      markRead: ({ sequence }) => socket.send('mark_read', { roomId, sequence }),
      leave: () => socket.send('leave_room', { roomId }),
      say: (content) => socket.send('chat_message', { roomId, content }),
      errorCode: () => events('error')[0]?.code,
      typists: () =>
        shownUsers(
          events('user_typing').map(({ userId, isTyping }) => ({ userId, isShown: isTyping })),
        ),
      members: () => [
        ...shownUsers([
          ...joined.members.map(({ userId }) => ({ userId, isShown: true })),
          ...socket.frames.flatMap(({ type, payload }) =>
            type === 'user_joined' || type === 'user_left'
              ? [{ userId: (payload as UserEvent).userId, isShown: type === 'user_joined' }]
              : [],
          ),
        ]),
      ],
      hasRead: (reader, { sequence }) =>
        events('read_position').some(
          ({ userId, sequence: position }) => userId === reader && position >= sequence,
        ),
      close: () => socket.close(),
    };
  },
};

const socketio: SignalDriver = {
  name: 'socketio',
  async open({ server, token }, roomId) {
    const client = new SocketIoClient(server, { auth: { token } });
    await client.open();
    await client.joinRoom(roomId);
    const { socket } = client;
    let errorCode: string | undefined;
    const changes = (shows: string, hides: string) =>
      client.received.flatMap(({ name, payload }) =>
        name === shows || name === hides
          ? [{ userId: (payload as UserEvent).userId, isShown: name === shows }]
          : [],
      );
    return {
      setTyping: (isTyping) => socket.emit(isTyping ? 'typing:start' : 'typing:stop', { roomId }),
      markRead: ({ id: messageId }) => socket.emit('message:read', { roomId, messageId }),
      leave: () => socket.emit('room:leave', { roomId }),
      say: (content) =>
        socket.emit('message:send', { roomId, content }, (answer: { error?: { code: string } }) => {
          errorCode ??= answer.error?.code;
        }),
      errorCode: () => errorCode ?? client.all<{ code: string }>('error')[0]?.code,
      typists: () => shownUsers(changes('typing:start', 'typing:stop')),
      members: () =>
        shownUsers([
          ...client
            .all<{ members: readonly UserEvent[] }>('room:members')
            .flatMap(({ members }) => members.map(({ userId }) => ({ userId, isShown: true }))),
          ...changes('room:user_joined', 'room:user_left'),
        ]),
      hasRead: (reader, { id }) =>
        client
          .all<{ userId: string; messageId: string }>('message:read')
          .some(({ userId, messageId }) => userId === reader && messageId === id),
      close: () => client.close(),
    };
  },
};

const channels: SignalDriver = {
  name: 'channels',
  async open(person, channelId) {
    const client = await FlatClient.connectAs(person.server, person);
    await client.joinChannel(channelId);
    return {
      ...flatSignals(client),
      setTyping: (isTyping) => client.send('typing', { channelId, isTyping }),
      markRead: ({ id: messageId }) => client.send('mark_read', { channelId, messageId }),
      leave: () => client.send('leave_channel', { channelId }),
      say: (content) => client.send('send_message', { channelId, content }),
    };
  },
};

const direct: SignalDriver = {
  name: 'direct',
  async open(person, conversationId) {
    const { partnerId: recipientId } = person;
    const client = await FlatClient.connectAs(person.server, person, '/messagepal');
    return {
      ...flatSignals(client),
      setTyping: (isTyping) => client.send('typing', { recipientId, isTyping }),
      markRead: ({ id: messageId }) => client.send('mark_read', { conversationId, messageId }),
      leave: () => {}, // A conversation stays open while the client is connected.
      say: (content) => client.send('send_message', { recipientId, content }),
    };
  },
};

function flatSignals(client: FlatClient) {
  return {
    errorCode: () => client.all('error')[0]?.['code'] as string | undefined,
    typists: () =>
      shownUsers(
        client.all('user_typing').map(({ userId, isTyping }) => ({
          userId: String(userId),
          isShown: isTyping === true,
        })),
      ),
    members: () =>
      shownUsers(
        client.all('user_presence').map(({ userId, status }) => ({
          userId: String(userId),
          isShown: status === 'online',
        })),
      ),
    hasRead: (reader: string, { id }: SentMessage) =>
      client
        .all('message_read')
        .some(({ userId, messageId }) => userId === reader && messageId === id),
    close: () => client.close(),
  };
}

/** The dialects that show the users of a channel. */
export const CHANNEL_SIGNALS: readonly SignalDriver[] = [native, socketio, channels];
/** The dialects that show the other user of a direct room. */
export const DIRECT_SIGNALS: readonly SignalDriver[] = [native, socketio, direct];
