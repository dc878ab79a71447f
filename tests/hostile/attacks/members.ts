/** Attacks by members of the server: on rights, on rooms of other users, and on their names. */
import { randomBytes } from 'node:crypto';
import { COMMANDS } from '../../../packages/protocol/src/commands/commands.ts';
import { Account } from '../../../packages/server/test/support/account.ts';
import { FlatClient } from '../../../packages/server/test/support/flat-client.ts';
import { SocketIoClient } from '../../../packages/server/test/support/socketio-client.ts';
import type { Attack } from '../attack.ts';
import { ATTACKER_ADDRESS, type Attacker, type Target } from '../target.ts';

const GUESSES = 400;
const SECRET = 'zanzibar-ledger';
/** Of the attacker: they would end the attack. */
const OWN_END = /logout|^DELETE \/api\/me|sessions|password|totp|tokens|tickets/;
const CLAIMS = {
  ...{ role: 'owner', roles: ['owner'], serverRole: 'owner', roomRole: 'owner', isAdmin: true },
  ...{ canManage: true, canGiveRoles: true, canDelete: true, disabled: false, actor: 'operator' },
};

interface Scene {
  readonly owner: Account;
  readonly roomId: string;
  readonly messageId: string;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const logIn = (target: Target, { username }: Attacker): Promise<Account> =>
  Account.logIn(target.url, username);

async function makeRoom(target: Target, visibility: 'public' | 'private'): Promise<Scene> {
  const owner = await logIn(target, target.victim);
  const body = { name: 'ledger', topic: SECRET, description: SECRET, visibility };
  const { room } = await owner.must<{ room: { id: string } }>('POST', '/api/rooms', body);
  const said = { roomId: room.id, content: SECRET };
  const { message } = await owner.must<{ message: { id: string } }>('POST', '/api/messages', said);
  const about = { roomId: room.id, messageId: message.id };
  await owner.must('POST', `/api/rooms/${room.id}/messages/${message.id}/pin`, {}).catch(() => {});
  return { owner, ...about };
}

/** Every route of the server, with ids of the scene and of the attacker in its path. */
async function routesFor(target: Target, { roomId, messageId }: Scene, self: Attacker) {
  const { body } = await target.request({ path: '/api/openapi.json', attacker: self });
  const { paths } = JSON.parse(body) as OpenApi;
  return Object.entries(paths).flatMap(([path, methods]) => {
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      if (/message/i.test(name)) return messageId;
      if (/user/i.test(name)) return self.userId;
      if (path.startsWith('/api/admin/users')) return self.userId;
      return roomId;
    });
    return Object.keys(methods)
      .map((method) => ({ route: `${method.toUpperCase()} ${path}`, method, path: filled }))
      .filter(({ route }) => !OWN_END.test(route));
  });
}

/** Guesses links, near a real one too; each person and address is slowed down at some point. */
async function guessInvites(target: Target): Promise<void> {
  const owner = await logIn(target, target.victim);
  const { invite } = await owner.must<{ invite: { token: string } }>('POST', '/api/invites', {});
  const { token } = invite;
  target.expect(Buffer.from(token, 'base64url').length >= 16, 'a token has less than 128 bits');
  const guessOf = (index: number): string => {
    if (index % 2 === 0) return randomBytes(32).toString('base64url');
    const at = index % token.length;
    return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
  };
  const found = new Map<number, number>();
  await target.each(8, async (lane) => {
    for (let index = lane; index < GUESSES && !target.isOver; index += 8) {
      const guess = guessOf(index);
      const account = { username: `guest-${index}`, password: 'correct horse', invite: guess };
      const { status } =
        index % 3 === 0
          ? await target.post('/register', account)
          : await target.post(...(['/api/invites/accept', { token: guess }] as const), {
              attacker: target.attacker(lane),
            });
      found.set(status, (found.get(status) ?? 0) + 1);
    }
  });
  const shown = JSON.stringify([...found]);
  const accepted = [...found.keys()].filter((status) => status >= 200 && status < 300);
  target.expect(accepted.length === 0, `a guessed link was accepted: ${shown}`);
  target.expect((found.get(429) ?? 0) > 0, `${GUESSES} guesses were not limited: ${shown}`);
}

/** A member of a public room says in every body and path that it is an owner. */
async function claimRoles(target: Target): Promise<void> {
  const scene = await makeRoom(target, 'public');
  const self = target.attacker(0);
  const attacker = await logIn(target, self);
  const socket = await attacker.connect();
  await socket.joinRoom({ roomId: scene.roomId, ...CLAIMS });
  const { userId } = self;
  const about = { ...scene, owner: undefined, userId, recipientId: userId, userIds: [userId] };
  let limited = 0;
  const routes = await routesFor(target, scene, self);
  for (const { method, path, route } of routes) {
    const body = { ...about, ...CLAIMS, username: self.username, displayName: self.username };
    const hasBody = method !== 'get' && method !== 'delete';
    const { status } = await target.request({
      ...{ method: method.toUpperCase(), attacker: self },
      path: hasBody ? path : `${path}?role=owner&userId=${userId}`,
      ...(hasBody && { body: JSON.stringify({ ...body, name: `claimed ${route.length}` }) }),
    });
    if (status === 429) limited += 1;
    if (target.isOver) return;
  }
  const share = `${limited} of ${routes.length}`;
  target.expect(limited < routes.length / 4, `${share} requests were limited, and prove nothing`);
  for (const [type, { example }] of Object.entries(COMMANDS)) {
    const payload = { ...(example as object), ...about, ...CLAIMS };
    await socket.ask(type, payload).catch(() => {});
  }
  socket.close();
  const name = { username: 'claimer', password: 'correct horse', ...CLAIMS };
  await target.post('/register', name, { from: ATTACKER_ADDRESS });
  const people = [attacker, await Account.logIn(target.url, 'claimer')];
  for (const each of people) {
    const me = await each.must<{ user: { role: string } }>('GET', '/api/auth/me');
    target.expect(me.user.role === 'member', `${each.username} is ${me.user.role} of the server`);
    const { status } = await each.call('GET', '/api/admin/users');
    target.expect(status === 403, `${each.username} reads accounts: ${status}`);
  }
  const settings = await scene.owner.must<{ room: { name: string; role: string; topic: string } }>(
    ...(['GET', `/api/rooms/${scene.roomId}`] as const),
  );
  const { room } = settings;
  const kept = [room.name, room.role, room.topic].join();
  target.expect(kept === `ledger,owner,${SECRET}`, `the room of another user is ${kept}`);
  const list = `/api/rooms/${scene.roomId}/members`;
  const { members } = await scene.owner.must<{ members: { userId: string; role: string }[] }>(
    ...(['GET', list] as const),
  );
  const own = members.find((each) => each.userId === userId)?.role ?? 'member';
  target.expect(own === 'member', `the attacker is ${own} of the room`);
}

const ROOM_LOOKS = [
  ...['Ledger', 'led\u200bger', 'led\u00adger', 'ｌｅｄｇｅｒ', 'lеdger', 'ledgеr', '\ufeffledger'],
  ...['ledger\u2060', 'led\u034fger', '𝗅𝖾𝖽𝗀𝖾𝗋', 'ledɡer'],
];
const PERSON_LOOKS = ['Victim', 'VICTIM'];
const SHOWN_LOOKS = [
  'victim',
  '@victim',
  'vіctim',
  'victim\u200b',
  'ｖｉｃｔｉｍ',
  'Administrator',
  'parley',
];

/** Rooms and people that look like others. Names of ASCII are told apart: `ledger` and `Iedger` may stand beside each other. */
async function lookAlike(target: Target): Promise<void> {
  await makeRoom(target, 'public');
  for (const [index, name] of ROOM_LOOKS.entries()) {
    const made = await target.post('/api/rooms', { name }, { attacker: target.attacker(index) });
    const isKept = made.status === 201;
    target.expect(!isKept, `a room with the name ${JSON.stringify(name)} was made`);
  }
  for (const username of PERSON_LOOKS) {
    const { status } = await target.post('/register', { username, password: 'correct horse' });
    target.expect(status === 409 || status === 429, `${username} was registered: ${status}`);
  }
  for (const [index, displayName] of SHOWN_LOOKS.entries()) {
    const attacker = target.attacker(index);
    const body = JSON.stringify({ displayName });
    const path = '/api/me';
    const { status } = await target.request({ method: 'PATCH', path, body, attacker });
    target.expect(status === 400 || status === 409, `${JSON.stringify(displayName)}: ${status}`);
  }
}

/** Every way into a private room, in every dialect: nothing of it reaches those outside. */
async function enterPrivateRoom(target: Target): Promise<void> {
  const scene = await makeRoom(target, 'private');
  const { roomId } = scene;
  const self = target.attacker(0);
  const outsider = await logIn(target, self);
  const seen: string[] = [];
  const take = (from: string, text: string): void => {
    // Only what the attacker has not sent itself.
    if (text.includes(SECRET)) seen.push(`${from} ${text.slice(0, 200)}`);
  };
  const opened: string[] = [];
  for (const { method, path, route } of await routesFor(target, scene, self)) {
    const body = { ...scene, owner: undefined, ...CLAIMS, content: 'x', userId: self.userId };
    const hasBody = method !== 'get' && method !== 'delete';
    const query = `?q=zanzibar&roomId=${roomId}&room=${roomId}&userId=${self.userId}&command=read`;
    const answer = await target.request({
      ...{ method: method.toUpperCase(), attacker: self },
      path: hasBody ? path : path + query,
      ...(hasBody && {
        body: JSON.stringify({ ...body, name: 'way in', emoji: '👍', reason: 'x' }),
      }),
    });
    take(route, answer.body);
    const isOfRoom = path.includes(roomId) && /\{(roomId|id)\}/.test(route);
    if (isOfRoom && answer.status < 300) opened.push(`${route} ${answer.status}`);
    if (target.isOver) return;
  }
  const socket = await outsider.connect();
  for (const [type, { example }] of Object.entries(COMMANDS)) {
    const payload = { ...(example as object), ...scene, owner: undefined, content: 'x' };
    await socket.ask(type, payload).catch(() => {});
  }
  // A room of this name is made, beside the private one.
  const joined = await socket.ask('join_room', { roomName: 'ledger' }, 'room_joined');
  if (joined.roomId === roomId) opened.push('join_room by name');
  const server = { host: target.host, url: target.url };
  const channels = await FlatClient.connectAs(server as never, outsider);
  const direct = await FlatClient.connectAs(server as never, outsider, '/messagepal');
  for (const id of [roomId, 'ledger']) {
    const fields = { channelId: id, conversationId: id, messageId: scene.messageId, content: 'x' };
    for (const type of ['join_channel', 'send_message', 'typing', 'mark_read', 'leave_channel']) {
      channels.send(type, fields);
    }
    for (const type of ['fetch_history', 'subscribe', 'mark_read', 'typing']) {
      direct.send(type, fields);
    }
  }
  const withAccount = { ...server, signUp: async () => outsider };
  const socketio = await SocketIoClient.connect(withAccount as never, self.username);
  for (const id of [roomId, 'ledger']) {
    for (const event of ['room:join', 'message:history', 'message:send', 'typing:start']) {
      socketio.socket.emit(event, { roomId: id, content: 'x', messageId: scene.messageId });
    }
  }
  const said = { roomId, content: `${SECRET} again` };
  const { status } = await scene.owner.call('POST', '/api/messages', said);
  target.expect(status === 201, `the owner cannot write any more: ${status}`);
  await target.wait(500);
  for (const frame of socket.frames) take('native', JSON.stringify(frame));
  for (const frame of [...channels.frames, ...direct.frames]) take('flat', JSON.stringify(frame));
  for (const client of [socket, channels, direct, socketio]) client.close();
  target.expect(seen.length === 0, `content of the room was shown: ${seen.slice(0, 5).join('; ')}`);
  target.expect(opened.length === 0, `the room was opened: ${opened.join('; ')}`);
  const path = `/api/rooms/${roomId}/members`;
  const { memberTotal } = await scene.owner.must<{ memberTotal: number }>('GET', path);
  target.expect(memberTotal === 1, `the room has ${memberTotal} members`);
}

export const MEMBER_ATTACKS: readonly Attack[] = [
  {
    name: 'invite-guessing',
    about: `${GUESSES} guessed links, half of them near a real one, by members and strangers`,
    threat: 'Guessing or reusing invitation links',
    server: { settings: { REGISTRATION: 'invited' } },
    durationMs: 30_000,
    run: guessInvites,
  },
  {
    name: 'role-confusion',
    about: 'A member of a room claims roles in the body and path of every route and command',
    threat: 'Claimed roles',
    durationMs: 60_000,
    run: claimRoles,
  },
  {
    name: 'look-alikes',
    about: 'Rooms, usernames and display names that look like those of others',
    threat: 'Names that look alike',
    durationMs: 30_000,
    run: lookAlike,
  },
  {
    name: 'private-room',
    about: 'Every route and command of every dialect with the id and the name of a private room',
    threat: 'Learning that a private room exists',
    durationMs: 60_000,
    run: enterPrivateRoom,
  },
];
