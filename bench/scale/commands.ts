/** The commands that the scale benchmark measures. Each runs once and resolves when it is answered. */
import { COMMANDS as DECLARED } from '@parley/protocol/commands';
import { NativeLink } from '../chat/native-link.ts';
import type { Filled } from './fill.ts';

export interface Client extends Filled {
  readonly url: string;
  readonly link: NativeLink;
}

export interface Command {
  readonly name: string;
  /** Runs before each measurement; its result is the argument of `run`. */
  readonly prepare?: (client: Client, index: number) => Promise<string>;
  readonly run: (client: Client, index: number, prepared: string) => Promise<unknown>;
}

/** People whose names and ids are used in turn: also there at the smallest size. */
const PEOPLE_USED = 50;

const other = (index: number): number => 1 + (index % PEOPLE_USED);

const native = (type: string, payloadOf: (client: Client, index: number) => object): Command => ({
  name: type,
  run: (client, index) => client.link.ask(type, payloadOf(client, index)),
});

/** A change of a message that was just sent. */
const change = (type: string, more: object = {}): Command => ({
  name: type,
  prepare: sendMessage,
  run: ({ link, crowdId: roomId }, _, messageId) => link.ask(type, { roomId, messageId, ...more }),
});

const get = (name: string, pathOf: (client: Client) => string): Command => ({
  name,
  run: (client) => request(client, 'GET', pathOf(client)),
});

const asOwner = (name: string, pathOf: (client: Client) => string): Command => ({
  name,
  run: (client) => request({ ...client, token: client.ownerToken }, 'GET', pathOf(client)),
});

const MEASURED: readonly Command[] = [
  {
    name: 'connect',
    run: async (client) => (await openLink(client)).close(),
  },
  native('get_rooms', () => ({ limit: 100 })),
  { ...native('get_rooms', () => ({ own: true })), name: 'get_rooms, own' },
  native('get_members', ({ crowdId: roomId }) => ({ roomId, limit: 100 })),
  native('get_history', ({ crowdId: roomId }) => ({ roomId, limit: 50 })),
  native('get_thread', ({ crowdId: roomId, popularId: messageId }) => ({ roomId, messageId })),
  {
    // On a connection of its own: a connection may join a room once a second.
    name: 'join_room',
    prepare: async (client) => {
      spare?.close();
      spare = await openLink(client);
      return '';
    },
    run: async () => spare?.ask('join_room', { roomName: 'crowd' }),
  },
  {
    name: 'leave_room',
    prepare: async (client) => {
      spare?.close();
      spare = await openLink(client);
      await spare.ask('join_room', { roomName: 'crowd' });
      return '';
    },
    run: async ({ crowdId: roomId }) => spare?.ask('leave_room', { roomId }),
  },
  native('resume', ({ crowdId: roomId }) => ({ rooms: [{ roomId, lastSequence: 1 }] })),
  { name: 'chat_message', run: sendMessage },
  {
    name: 'chat_message, mention',
    run: ({ link, crowdId: roomId, names }, index) =>
      link.ask('chat_message', { roomId, content: `@${names[other(index)]} look` }),
  },
  change('edit_message', { content: 'edited' }),
  {
    ...change('unpin_message'),
    prepare: async (client) => {
      const messageId = await sendMessage(client);
      await client.link.ask('pin_message', { roomId: client.crowdId, messageId });
      return messageId;
    },
  },
  native('get_pins', ({ crowdId: roomId }) => ({ roomId, limit: 50 })),
  native('add_reaction', ({ crowdId: roomId, popularId: messageId }, index) => ({
    ...{ roomId, messageId },
    emoji: EMOJIS[index % EMOJIS.length],
  })),
  native('remove_reaction', ({ crowdId: roomId, popularId: messageId }, index) => ({
    ...{ roomId, messageId },
    emoji: EMOJIS[index % EMOJIS.length],
  })),
  native('mark_read', ({ crowdId: roomId }) => ({ roomId, sequence: 300 })),
  native('mark_unread', ({ crowdId: roomId }) => ({ roomId })),
  {
    ...native('direct_message', ({ names }, index) => ({
      recipient: names[other(index)],
      content: 'hello',
    })),
    name: 'direct_message, by name',
  },
  {
    ...native('direct_message', ({ ids }, index) => ({
      recipientId: ids[other(index)],
      content: 'hello',
    })),
    name: 'direct_message, by id',
  },
  native('get_activity', () => ({})),
  native('set_notification_level', ({ crowdId: roomId }, index) => ({
    roomId,
    level: index % 2 === 0 ? 'mentions' : 'all',
  })),
  native('create_room', (_, index) => ({ name: `made-${index}` })),
  native('get_room', ({ crowdId: roomId }) => ({ roomId })),
  native('update_room', ({ crowdId: roomId }, index) => ({ roomId, description: `Text ${index}` })),
  native('unarchive_room', ({ crowdId: roomId }) => ({ roomId })),
  native('set_topic', ({ crowdId: roomId }, index) => ({ roomId, topic: `Topic ${index}` })),
  native('explain', ({ crowdId: roomId, ids }) => ({
    ...{ roomId, userId: ids[1], command: 'delete_message' },
  })),
  native('set_presence', (_, index) => ({ status: index % 2 === 0 ? 'busy' : 'online' })),
  native('set_display_name', (_, index) => ({ displayName: `The actor ${index}` })),
  get('GET conversations', () => '/api/conversations'),
  get('GET people', () => '/api/people?q=person-1'),
  get('GET blocks', () => '/api/blocks'),
  {
    name: 'PUT block',
    run: (client, index) => request(client, 'PUT', `/api/blocks/${client.ids[other(index)]}`),
  },
  {
    name: 'DELETE block',
    prepare: async (client, index) => {
      await request(client, 'PUT', `/api/blocks/${client.ids[other(index)]}`);
      return '';
    },
    run: (client, index) => request(client, 'DELETE', `/api/blocks/${client.ids[other(index)]}`),
  },
  asOwner('GET audit', () => '/api/admin/audit?action=room.update'),
  asOwner('GET audit, of an actor', ({ ids }) => `/api/admin/audit?actor=${ids[1]}`),
  get('GET workspace members', ({ workspaceId }) => `/api/workspaces/${workspaceId}/members`),
  get('GET channel messages', ({ channelId }) => `/api/channels/${channelId}/messages`),
  {
    name: 'POST workspace member',
    run: (client, index) => changeMember(client, 'POST', index),
  },
  {
    name: 'DELETE workspace member',
    prepare: async (client, index) => {
      await changeMember(client, 'POST', index);
      return '';
    },
    run: (client, index) => changeMember(client, 'DELETE', index),
  },
];

/** About a group of users, which the actor may not make; it has a maximum of members. */
const UNMEASURED = new Set(['get_user_group_members']);
const NAMES = new Set(MEASURED.map(({ name }) => name.split(',')[0]));

/**
 * Queries and changes of a message that are not measured above run with the fields of their example:
 * queries about the crowd and its popular message, changes of a message that was just sent.
 */
const OTHERS = Object.entries(DECLARED).flatMap(([type, { example, answer, limit }]): Command[] => {
  const { roomId, messageId, ...more } = example as Readonly<Record<string, unknown>>;
  if (NAMES.has(type) || UNMEASURED.has(type)) return [];
  if (answer === 'message_ack' && messageId !== undefined) return [change(type, more)];
  if (limit !== 'reads') return [];
  const about = ({ crowdId, popularId }: Client): object => ({
    ...more,
    ...(roomId !== undefined && { roomId: crowdId }),
    ...(messageId !== undefined && { messageId: popularId }),
  });
  return [native(type, about)];
});

export const COMMANDS: readonly Command[] = [
  ...MEASURED,
  ...OTHERS,
  // Last, because the actor's groups make the answers of other commands longer.
  native('create_group', ({ ids }, index) => ({
    userIds: [1, 2, 3].map((step) => ids[PEOPLE_USED + other(index + step)]),
  })),
];

/** The connection that is about to join. */
let spare: NativeLink | undefined;

/** Resolves after the welcome. */
async function openLink({ url, token }: Client): Promise<NativeLink> {
  const link = await NativeLink.open(url, token);
  await new Promise<void>((resolve) => {
    link.onFrame = () => resolve();
  });
  link.onFrame = undefined;
  return link;
}

const EMOJIS = ['🎉', '🚀', '👀'];

async function sendMessage({ link, crowdId: roomId }: Client): Promise<string> {
  const { id } = await link.ask<{ id: string }>('chat_message', { roomId, content: 'hello' });
  return id;
}

/** Members of the workspace are the first people; these are the last. */
function changeMember(client: Client, method: 'POST' | 'DELETE', index: number): Promise<void> {
  const { names, workspaceId } = client;
  const username = names[names.length - other(index)] ?? '';
  return request(client, method, `/api/workspaces/${workspaceId}/members`, { username });
}

async function request(
  { url, token }: Client,
  method: string,
  path: string,
  body?: object,
): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
}
