/** Writes the content of `talk.ts` to a server, over the native dialect. */
import { Account } from '../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { DIRECT, GENERAL, type Line, NAMES, OTHERS, ROOMS, USERS } from './talk.ts';

/** The user whose page is shown. */
export const VIEWER = 'ines';

export interface Seeded {
  readonly rooms: ReadonlyMap<string, string>;
  /** Id of the message that has a thread. */
  readonly threadId: string;
  readonly close: () => void;
}

export async function seed(url: string): Promise<Seeded> {
  const sockets = new Map<string, TestSocket>();
  for (const name of USERS) sockets.set(name, await (await Account.signUp(url, name)).connect());
  for (const [name, displayName] of Object.entries(NAMES)) {
    await sockets.get(name)?.ask('set_display_name', { displayName });
  }
  const socketOf = (name: string): TestSocket => {
    const socket = sockets.get(name);
    if (socket === undefined) throw new Error(`There is no user ${name}`);
    return socket;
  };
  const rooms = new Map<string, string>();
  for (const roomName of ROOMS) {
    const { roomId } = await socketOf('lukas').joinRoom({ roomName });
    rooms.set(roomName, roomId);
  }
  const roomOf = (name: string): string => rooms.get(name) ?? '';
  for (const name of USERS) {
    // Lukas created the room.
    if (name !== 'lukas') await socketOf(name).joinRoom({ roomId: roomOf('general') });
  }
  for (const [room, lines] of OTHERS) {
    for (const who of new Set([VIEWER, ...lines.map((line) => line.who)])) {
      if (who !== 'lukas') await socketOf(who).joinRoom({ roomId: roomOf(room) });
    }
  }
  for (const room of ['accessibility', 'data-platform', 'hiring', 'press']) {
    await socketOf(VIEWER).joinRoom({ roomId: roomOf(room) });
  }
  const topic = 'Releases, events, and what everybody should know';
  await socketOf('lukas').ask('set_topic', { roomId: roomOf('general'), topic }, 'room_changed');
  let threadId = '';
  for (const line of GENERAL) {
    const id = await write(socketOf, roomOf('general'), line);
    if (line.replies !== undefined) threadId = id;
  }
  for (const [from, text] of DIRECT) {
    await socketOf(from).ask('direct_message', { recipient: VIEWER, content: text }, 'message_ack');
  }
  for (const [room, lines] of OTHERS) {
    for (const line of lines) await write(socketOf, roomOf(room), line);
  }
  await socketOf('tobias').ask('set_presence', { status: 'online' });
  await socketOf('priya').ask('set_presence', { status: 'busy', statusText: 'In a workshop' });
  await socketOf('sofia').ask('set_presence', { status: 'away' });
  const close = (): void => {
    for (const socket of sockets.values()) socket.terminate();
  };
  return { rooms, threadId, close };
}

async function write(
  socketOf: (name: string) => TestSocket,
  roomId: string,
  line: Line,
  parentMessageId?: string,
): Promise<string> {
  const { who, text, before, reactions = {}, replies = [], isPinned } = line;
  const parent = parentMessageId === undefined ? {} : { parentMessageId };
  const socket = socketOf(who);
  const { id: messageId } = await socket.sendMessage({
    roomId,
    content: before ?? text,
    ...parent,
  });
  if (before !== undefined) {
    await socket.ask('edit_message', { roomId, messageId, content: text }, 'message_ack');
  }
  if (isPinned === true) await socket.ask('pin_message', { roomId, messageId }, 'message_ack');
  for (const [emoji, users] of Object.entries(reactions)) {
    for (const user of users) {
      await socketOf(user).ask('add_reaction', { roomId, messageId, emoji }, 'message_ack');
    }
  }
  for (const reply of replies) await write(socketOf, roomId, reply, messageId);
  return messageId;
}
