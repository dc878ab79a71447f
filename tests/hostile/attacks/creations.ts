/** More rooms, messages and changes than one user may create, over many connections. */
import type { WebSocket } from 'ws';
import { FLOOD_RULES } from '../../../packages/server/src/domain/messages/flood-rules.ts';
import { type Attack, WITH_CONSENT } from '../attack.ts';
import type { Attacker, Target } from '../target.ts';

const GROUPS = 300;
const WORKSPACES_ALLOWED = 60;
/** Requests of strangers that a user receives per day. */
const REQUESTS_ALLOWED = 50;
const REPEATS = 60;
const REPEATED_ROOMS = 4;
const SOCKETS = 10;
const MESSAGES_PER_SOCKET = 100;
/** 400 in a minute, as messages and as changes, plus tokens that refill during the attack. */
const WRITES_ALLOWED = 500;

interface Counter {
  readonly answers: Map<string, number>;
}

/** A connection that counts the types of received frames. */
async function openCounting(target: Target, counter: Counter): Promise<WebSocket | undefined> {
  const socket = await target.openWebSocket('/ws', { attacker: target.attacker(0) });
  socket?.on('message', (data) => {
    const { type, payload } = JSON.parse(data.toString());
    const name = type === 'error' ? payload.code : type;
    counter.answers.set(name, (counter.answers.get(name) ?? 0) + 1);
  });
  return socket;
}

const frame = (type: string, payload: object): string => JSON.stringify({ type, payload });

async function makeGroups(target: Target): Promise<void> {
  const counter: Counter = { answers: new Map() };
  await target.each(SOCKETS, async (lane) => {
    // Each on a new connection: counters per connection start again.
    for (let index = lane; index < GROUPS && !target.isOver; index += SOCKETS) {
      const socket = await openCounting(target, counter);
      if (socket === undefined) continue;
      const userIds = [target.victim.userId, target.attacker(1).userId];
      await target.send(socket, frame('create_group', { userIds, name: `group ${index}` }));
      await target.wait(100);
      socket.terminate();
    }
  });
  const groups = await countGroups(target, target.attacker(0));
  target.expect(
    groups > 0 && groups <= REQUESTS_ALLOWED,
    `${groups} groups made, allowed ${REQUESTS_ALLOWED}`,
  );
  const filled = await countGroups(target, target.victim);
  target.expect(filled === 0, `${filled} groups of a stranger in the list of the victim`);
}

async function countGroups(target: Target, attacker: Attacker): Promise<number> {
  const answer = await target.request({ path: '/api/conversations', attacker });
  if (answer.status !== 200) return 0;
  const { conversations } = JSON.parse(answer.body) as { conversations: { kind: string }[] };
  return conversations.filter(({ kind }) => kind === 'group').length;
}

async function sayMuch(target: Target): Promise<void> {
  const counter: Counter = { answers: new Map() };
  const sockets: WebSocket[] = [];
  for (let index = 0; index < SOCKETS; index += 1) {
    const socket = await openCounting(target, counter);
    if (socket !== undefined) sockets.push(socket);
  }
  for (const socket of sockets) {
    await target.send(socket, frame('join_room', { roomName: 'square' }));
  }
  await target.wait(500);
  for (let index = 0; index < MESSAGES_PER_SOCKET; index += 1) {
    for (const socket of sockets) {
      await target.send(socket, frame('chat_message', { content: `m${index}` }));
    }
  }
  await target.wait(3000);
  const stored = counter.answers.get('message_ack') ?? 0;
  target.expect(
    stored <= WRITES_ALLOWED,
    `${stored} messages stored at once, allowed ${WRITES_ALLOWED}`,
  );
}

/** One message, changed continuously by the same user over many connections. */
async function changeMuch(target: Target): Promise<void> {
  const counter: Counter = { answers: new Map() };
  const first = await openCounting(target, counter);
  if (first === undefined) return;
  const joined = nextOf(first, 'room_joined');
  first.send(frame('join_room', { roomName: 'square' }));
  const { roomId } = (await joined) as { roomId: string };
  const said = nextOf(first, 'message_ack');
  first.send(frame('chat_message', { roomId, content: 'first' }));
  const { id: messageId } = (await said) as { id: string };
  counter.answers.clear();
  await target.each(SOCKETS, async () => {
    const socket = await openCounting(target, counter);
    if (socket === undefined) return;
    await target.send(socket, frame('join_room', { roomId }));
    await target.wait(500);
    for (let index = 0; index < MESSAGES_PER_SOCKET; index += 1) {
      const about = { roomId, messageId };
      await target.send(socket, frame('edit_message', { ...about, content: `edit ${index}` }));
      await target.send(socket, frame('add_reaction', { ...about, emoji: '👍' }));
      await target.send(socket, frame('remove_reaction', { ...about, emoji: '👍' }));
    }
  });
  await target.wait(3000);
  const stored = counter.answers.get('message_ack') ?? 0;
  target.expect(
    stored <= WRITES_ALLOWED,
    `${stored} changes stored at once, allowed ${WRITES_ALLOWED}`,
  );
}

function nextOf(socket: WebSocket, wanted: string): Promise<unknown> {
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(data.toString());
      if (type === wanted) resolve(payload);
    });
  });
}

/** Reconnects between the messages, and writes them differently: the author is the same. */
async function repeatText(target: Target): Promise<void> {
  const counter: Counter = { answers: new Map() };
  // The first to join owns the room, and would moderate it.
  const owner = await target.openWebSocket('/ws', { attacker: target.victim });
  for (let index = 0; owner !== undefined && index < REPEATED_ROOMS; index += 1) {
    const joined = nextOf(owner, 'room_joined');
    owner.send(frame('join_room', { roomName: `square-${index}` }));
    await joined;
  }
  for (let index = 0; index < REPEATS; index += 1) {
    const socket = await openCounting(target, counter);
    if (socket === undefined) continue;
    const joined = nextOf(socket, 'room_joined');
    socket.send(frame('join_room', { roomName: `square-${index % REPEATED_ROOMS}` }));
    await joined;
    const text = 'Win a telephone, only today';
    const content = index % 2 === 0 ? text : `${text.toUpperCase()}${'!'.repeat(index)}`;
    socket.send(frame('chat_message', { content }));
    await target.wait(100);
    socket.close();
  }
  const stored = counter.answers.get('message_ack') ?? 0;
  const { max } = FLOOD_RULES.text;
  target.expect(stored > 0 && stored <= max, `${stored} repeated texts stored, allowed ${max}`);
}

const THREAT = 'Creations and changes beyond the limits';

export const CREATION_ATTACKS: readonly Attack[] = [
  {
    name: 'repeated-text',
    about: `${REPEATS} times the same text in ${REPEATED_ROOMS} rooms of others, each on a new connection`,
    threat: 'Floods of texts, mentions and links, also by new accounts',
    durationMs: 20_000,
    server: { settings: { FLOOD_RULES: 'on', NEW_ACCOUNT_HOURS: '0' } },
    run: repeatText,
  },
  {
    name: 'groups-many-connections',
    about: `${GROUPS} groups with the same users, each created on a new connection`,
    threat: THREAT,
    durationMs: 15_000,
    server: WITH_CONSENT,
    run: makeGroups,
  },
  {
    name: 'messages-many-connections',
    about: `${SOCKETS} connections of one user with ${MESSAGES_PER_SOCKET} messages each at once`,
    threat: THREAT,
    durationMs: 12_000,
    run: sayMuch,
  },
  {
    name: 'changes-many-connections',
    about: `${SOCKETS} connections of one user that edit and react to one message continuously`,
    threat: THREAT,
    durationMs: 12_000,
    run: changeMuch,
  },
  {
    name: 'workspaces',
    about: '300 workspaces and channels of one user',
    threat: THREAT,
    durationMs: 12_000,
    run: async (target) => {
      let made = 0;
      await target.each(SOCKETS, async (lane) => {
        for (let index = lane; index < GROUPS && !target.isOver; index += SOCKETS) {
          const body = { name: `workspace ${index}` };
          const { status } = await target.post('/api/workspaces', body, {
            attacker: target.attacker(0),
          });
          if (status === 201) made += 1;
        }
      });
      target.expect(
        made <= WORKSPACES_ALLOWED,
        `${made} workspaces made, allowed ${WORKSPACES_ALLOWED}`,
      );
    },
  },
];
