/**
 * Every command in a room or channel that a role decides, by every role on the server or in the workspace,
 * over the native dialect and its route: it is rejected exactly if the table of roles says so, and
 * `explain` says the same. Messages and joins over the other dialects, too, and acts that only have a route.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COMMANDS, type CommandEntry, EXAMPLE_IDS } from '@parley/protocol/commands';
import { NEEDS } from '../../src/model/command-rights.ts';
import { permits, type Right } from '../../src/model/role-table.ts';
import { ROLES, WORKSPACE_ROLES, type WorkspaceRole } from '../../src/model/stored-role.ts';
import type { Role } from '../../src/model/user.ts';
import { type Account, PASSWORD } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';
import { until } from '../support/wait.ts';

interface Roles {
  readonly role: Role;
  /** Undefined outside of the workspace. */
  readonly workspaceRole: WorkspaceRole | undefined;
}

interface Subject extends Roles {
  /** The roles, for messages. */
  readonly name: string;
  readonly account: Account;
  readonly socket: TestSocket;
}

interface Place {
  readonly roomId: string;
  /** Of another user. */
  readonly messageId: string;
}

type Kind = 'room' | 'channel';

/** Of channels: each role in the workspace, and the least role on the server with a high one there. */
const IN_WORKSPACE: readonly Roles[] = [
  ...[undefined, ...WORKSPACE_ROLES].map((workspaceRole) => ({
    ...({ role: 'member', workspaceRole } as const),
  })),
  { role: 'guest', workspaceRole: 'admin' },
];

/** Rejected for other reasons than a role, or without an answer. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...['user_typing', 'direct_message', 'edit_message'],
  // An emoji needs a picture: `custom-emoji.test.ts`.
  'delete_custom_emoji',
]);

describe('roles and commands', () => {
  let server: TestServer;
  let first: Account;
  let creator: Account;
  let stranger: Account;
  let subjects: readonly Subject[];
  let subjectsOf: Readonly<Record<Kind, readonly Subject[]>>;
  let workspaceId: string;
  let roomCount = 0;
  before(async () => {
    server = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', MESSAGE_RATE_MAX: '0', USER_MESSAGE_RATE_MAX: '0' },
      ...{ USER_CHANGE_RATE_MAX: '0', USER_CREATION_RATE_MAX: '0', ASK_BEFORE_STRANGERS: 'off' },
    });
    first = await server.signUp('role-owner');
    creator = await server.signUp('creator');
    stranger = await server.signUp('stranger');
    const made: Subject[] = [];
    for (const role of ROLES) {
      const { userId } = await server.signUp(`role-${role}`);
      if (role !== 'owner' && role !== 'member') {
        await first.must('PATCH', `/api/admin/users/${userId}`, { role });
      }
      const account = await server.login(`role-${role}`);
      const about = { role, workspaceRole: undefined, name: role };
      made.push({ ...about, account, socket: await account.connect() });
    }
    subjects = made;
    const { workspace } = await creator.must<{ workspace: { id: string } }>(
      ...(['POST', '/api/workspaces', { name: 'Matrix' }] as const),
    );
    workspaceId = workspace.id;
    const inside: Subject[] = [];
    for (const { role, workspaceRole } of IN_WORKSPACE) {
      const username = `${role}-ws-${workspaceRole ?? 'none'}`;
      const { userId } = await server.signUp(username);
      if (role !== 'member') await first.must('PATCH', `/api/admin/users/${userId}`, { role });
      if (workspaceRole !== undefined) await admit(username, workspaceRole);
      const account = await server.login(username);
      // A new owner agrees first.
      const accept = `/api/invitations/${workspaceId}/accept`;
      if (workspaceRole === 'owner') await account.must('POST', accept);
      const about = { role, workspaceRole, name: username };
      inside.push({ ...about, account, socket: await account.connect() });
    }
    await admit('stranger', 'member');
    subjectsOf = { room: subjects, channel: inside };
  });
  after(async () => {
    for (const { socket } of Object.values(subjectsOf).flat()) socket.close();
    await server.close();
  });

  const admit = (username: string, role: WorkspaceRole): Promise<unknown> =>
    creator.must('POST', `/api/workspaces/${workspaceId}/members`, { username, role });
  const newRoom = async (settings: object = {}, kind: Kind = 'room'): Promise<Place> => {
    roomCount += 1;
    const inWorkspace = kind === 'channel' ? { workspaceId } : {};
    const about = { name: `room ${roomCount}`, ...inWorkspace, ...settings };
    const { room } = await creator.must<{ room: { id: string } }>('POST', '/api/rooms', about);
    const said = await creator.must<{ message: { id: string } }>('POST', '/api/messages', {
      ...{ roomId: room.id, content: 'hello' },
    });
    return { roomId: room.id, messageId: said.message.id };
  };
  const newGroup = async (): Promise<string> => {
    roomCount += 1;
    const owner = subjectsOf.room.find(({ role }) => role === 'owner');
    const made = await owner?.account.must<{ group: { id: string } }>('POST', '/api/user-groups', {
      ...{ handle: `group-${roomCount}`, name: 'Group' },
    });
    return made?.group.id ?? '';
  };
  const isOutside = ({ workspaceRole }: Roles, kind: Kind): boolean =>
    kind === 'channel' && workspaceRole === undefined;
  const letAllIn = async ({ roomId }: Place, kind: Kind = 'room'): Promise<void> => {
    const { invite } = await creator.must<{ invite: { token: string } }>('POST', '/api/invites', {
      roomIds: [roomId],
    });
    for (const subject of subjectsOf[kind]) {
      // The link would let the subject into the workspace.
      if (isOutside(subject, kind)) continue;
      await subject.account.must('POST', '/api/invites/accept', { token: invite.token });
    }
  };
  /** In a room of which the subject is a member, or outside of the workspace of a channel. */
  const permitsMember = (right: Right, subject: Roles, kind: Kind): boolean =>
    !isOutside(subject, kind) && permits(right, { ...subject, roomRole: 'member' }, kind);
  /** In a room that the subject has not joined. */
  const permitsOutside = (right: Right, subject: Roles, kind: Kind): boolean =>
    !isOutside(subject, kind) && permits(right === 'read' ? 'join-rooms' : right, subject);
  const inAnHour = (): string => new Date(Date.now() + 60 * 60_000).toISOString();
  const isRejected = (code: unknown): boolean => code === 'FORBIDDEN' || code === 'NOT_FOUND';
  const explain = async (place: Place, { account }: Subject, command: string) => {
    const query = new URLSearchParams({ userId: account.userId, command });
    // Only those who administer the server are told of users outside of the room.
    return first.must<{ allowed: boolean; reason: string }>(
      'GET',
      `/api/rooms/${place.roomId}/explain?${query}`,
    );
  };

  const codeOf = async (socket: TestSocket, type: string, payload: object): Promise<unknown> =>
    ((await socket.ask(type as 'chat_message', payload as never)) as { code?: string }).code;

  for (const kind of ['room', 'channel'] as const) {
    for (const [type, entry] of Object.entries<CommandEntry>(COMMANDS)) {
      const need = NEEDS.get(type);
      if (need?.right === undefined || ELSEWHERE.has(type)) continue;
      const { right, ofOthers } = need;
      const isInRoom = JSON.stringify(entry.example).includes(EXAMPLE_IDS.room);
      const isInGroup = JSON.stringify(entry.example).includes(EXAMPLE_IDS.userGroup);
      const areMembers = isInRoom && right !== 'read' && right !== 'join-rooms';
      // No group stands in a workspace.
      if (kind === 'channel' && !isInRoom && type !== 'create_room') continue;

      test(`${type} in a ${kind} follows the row ${ofOthers ?? right}`, async () => {
        const { http } = entry;
        const newPlace = async (): Promise<Place> => {
          const made = await newRoom({}, kind);
          if (areMembers) await letAllIn(made, kind);
          return made;
        };
        let place = await newPlace();
        for (const subject of subjectsOf[kind]) {
          const text = JSON.stringify(entry.example)
            .replaceAll(EXAMPLE_IDS.room, place.roomId)
            .replaceAll(EXAMPLE_IDS.message, place.messageId)
            .replaceAll(EXAMPLE_IDS.userGroup, isInGroup ? await newGroup() : '')
            .replaceAll(EXAMPLE_IDS.user, creator.userId);
          const made = kind === 'channel' ? { workspaceId } : {};
          const isQuery = http.kind !== 'derived' || http.route.startsWith('GET ');
          const named = isInRoom || isQuery ? {} : { name: `by ${subject.name}`, ...made };
          const later = type === 'schedule_message' ? { sendAt: inAnHour() } : {};
          const input = { ...JSON.parse(text), ...named, ...later };
          const explained = isInRoom ? await explain(place, subject, type) : undefined;
          // Both say it of members who have no role in the room but that.
          const expected = areMembers
            ? permitsMember(ofOthers ?? right, subject, kind)
            : permitsOutside(right, subject, kind);
          if (ofOthers === undefined && explained !== undefined) {
            assert.equal(explained.allowed, expected, `${subject.name}: ${explained.reason}`);
          }

          if (http.kind === 'derived') {
            const [method = '', path = ''] = http.route.split(' ');
            const target = path
              .replace(':roomId', place.roomId)
              .replace(':messageId', place.messageId)
              .replace(':groupId', String(input.groupId))
              .replace(':emoji', encodeURIComponent('👍'));
            const fields = Object.entries(input as Record<string, unknown>);
            // Those of the path are not sent again.
            const rest = fields.filter(([name]) => !path.includes(`:${name}`));
            const query = new URLSearchParams(
              rest.map(([name, value]): [string, string] => [name, String(value)]),
            );
            const answer =
              method === 'GET'
                ? await subject.account.call(method, `${target}?${query}`)
                : await subject.account.call(method, target, Object.fromEntries(rest));
            const what = `${http.route} by ${subject.name}: ${answer.status}`;
            assert.equal([403, 404].includes(answer.status), !expected, what);
          }
          if (!isInRoom) continue;
          const isDeletion = type === 'delete_room' && expected;
          if (isDeletion) {
            place = await newPlace();
            input.roomId = place.roomId;
          }
          const answer = (await subject.socket.ask(type, input)) as unknown as {
            readonly code?: string;
            readonly rooms?: readonly { readonly error?: { readonly code: string } }[];
          };
          if (isDeletion) place = await newPlace();
          const code = answer.code ?? answer.rooms?.[0]?.error?.code;
          // No room is open on the connection: the right comes after that.
          const isUnopened = isOutside(subject, kind) && code === 'NOT_IN_ROOM';
          const what = `${type} by ${subject.name}: ${code}`;
          assert.equal(isRejected(code) || isUnopened, !expected, what);
        }
      });
    }

    test(`acts on members of a ${kind} follow their rows`, async () => {
      const place = await newRoom({}, kind);
      await letAllIn(place, kind);
      const path = `/api/rooms/${place.roomId}`;
      const join = () => stranger.must('PUT', `${path}/members/me`);
      const [ban, mute, member] = ['bans', 'mutes', 'members'].map(
        (list) => `${path}/${list}/${stranger.userId}`,
      );
      const until = '2999-01-31T00:00:00Z';
      for (const subject of subjectsOf[kind]) {
        const expectOf = async (right: Right, method: string, target = '', body?: object) => {
          const { status } = await subject.account.call(method, target, body);
          const what = `${method} ${target} by ${subject.name}: ${status}`;
          assert.equal(![403, 404].includes(status), permitsMember(right, subject, kind), what);
        };
        await join();
        await expectOf('remove-members', 'PUT', ban, {});
        await creator.must('PUT', `${ban}`, {});
        await expectOf('remove-members', 'GET', `${path}/bans`);
        await expectOf('remove-members', 'DELETE', ban);
        await creator.call('DELETE', `${ban}`);
        await expectOf('remove-members', 'PUT', mute, { until });
        await creator.must('PUT', `${mute}`, { until });
        await expectOf('remove-members', 'GET', `${path}/mutes`);
        await expectOf('remove-members', 'DELETE', mute);
        await creator.call('DELETE', `${mute}`);
        await join();
        await expectOf('give-roles', 'PUT', member, { role: 'moderator' });
        await creator.must('PUT', `${member}`, { role: 'member' });
        await expectOf('remove-members', 'DELETE', member);
      }
    });

    test(`what a ${kind} leaves to moderators follows its rows`, async () => {
      const moderated = { pinning: 'moderators', mentioningAll: 'moderators' };
      const place = await newRoom({ ...moderated, inviting: 'moderators' }, kind);
      await letAllIn(place, kind);
      const { roomId, messageId } = place;
      // Others come into a public channel by way of its workspace.
      const inviting = kind === 'channel' ? 'manage-channels' : 'let-in';
      const content = 'hello, @everyone';
      for (const subject of subjectsOf[kind]) {
        const { name, account, socket } = subject;
        const [pins, mentions, invites] = (
          ['pin-messages', 'mention-everyone', inviting] as const
        ).map((right) => permitsMember(right, subject, kind));
        await socket.ask('join_room', { roomId });
        const codes: unknown[] = [];
        for (const type of ['pin_message', 'unpin_message']) {
          const { allowed, reason } = await explain(place, subject, type);
          assert.equal(allowed, pins, reason);
          codes.push(isRejected((await codeOf(socket, type, { roomId, messageId })) ?? ''));
        }
        const native = await codeOf(socket, 'chat_message', { roomId, content });
        const http = await account.call('POST', '/api/messages', { roomId, content });
        const socketIo = await SocketIoClient.connect(server, account.username);
        await socketIo.ask('room:join', { roomId });
        const sent = await socketIo.ask('message:send', { roomId, content });
        socketIo.close();
        const isMentioned = native === undefined;
        assert.deepEqual([...codes, isMentioned], [!pins, !pins, mentions], name);
        assert.deepEqual([http.status === 201, sent.ok], [mentions, mentions], name);

        const link = await account.call('POST', '/api/invites', { roomIds: [roomId] });
        const may = invites && permits('create-invites', subject);
        assert.equal(link.status === 201, may, name);
        const explained = await explain(place, subject, 'createInvite');
        assert.equal(explained.allowed, may, explained.reason);
      }
    });

    test(`messages in a ${kind} follow the row announce in every dialect where only moderators write`, async () => {
      const place = await newRoom({ posting: 'moderators' }, kind);
      await letAllIn(place, kind);
      const { roomId } = place;
      const content = 'hello';
      for (const subject of subjectsOf[kind]) {
        const { name, account, socket } = subject;
        const expected = permitsMember('announce', subject, kind);
        const explained = await explain(place, subject, 'chat_message');
        assert.equal(explained.allowed, expected, explained.reason);

        await socket.ask('join_room', { roomId });
        const native = (await socket.ask('chat_message', { roomId, content })) as { code?: string };
        const http = await account.call('POST', '/api/messages', { roomId, content });
        const socketIo = await SocketIoClient.connect(server, account.username);
        await socketIo.ask('room:join', { roomId });
        const sent = await socketIo.ask('message:send', { roomId, content });
        const channels = await FlatClient.connectAs(server, account);
        channels.send('join_channel', { channelId: roomId });
        await channels.settled();
        channels.frames.length = 0;
        channels.send('send_message', { channelId: roomId, content });
        const answers = () => [...channels.all('error'), ...channels.all('message_sent')];
        await until(() => answers().length > 0, 'the answer');
        const isRefused = channels.all('message_sent').length === 0;
        for (const each of [socketIo, channels]) each.close();

        // Outside of the workspace the room is not open.
        const rejection = isOutside(subject, kind) ? 'NOT_IN_ROOM' : 'FORBIDDEN';
        assert.deepEqual(
          [native.code, http.status, sent.ok, isRefused],
          expected ? [undefined, 201, true, false] : [rejection, 403, false, true],
          name,
        );
      }
    });
  }

  test('acts on a workspace follow its rows', async () => {
    const path = `/api/workspaces/${workspaceId}`;
    const newcomer = await server.signUp('newcomer');
    const { username } = newcomer;
    const all = [...subjectsOf.channel, ...subjects];
    // Guests reach those of their rooms.
    const { roomId } = await newRoom();
    for (const { userId } of [newcomer, ...all.map(({ account }) => account)]) {
      await creator.must('PUT', `/api/rooms/${roomId}/members/${userId}`);
    }
    for (const subject of all) {
      const expectOf = async (rights: readonly Right[], ...request: [string, string, object?]) => {
        const { status } = await subject.account.call(...request);
        const what = `${request.slice(0, 2).join(' ')} by ${subject.name}: ${status}`;
        const expected = rights.every((right) => permits(right, subject));
        assert.equal(![403, 404].includes(status), expected, what);
      };
      await expectOf(['change-members'], 'POST', `${path}/members`, { username });
      await admit(username, 'member');
      await expectOf(['change-members'], 'DELETE', `${path}/members`, { username });
      await expectOf(['rename-workspace'], 'PATCH', path, { name: 'Matrix' });
      const invite = ['manage-channels', 'create-invites'] as const;
      await expectOf(invite, 'POST', '/api/invites', { workspaceId });
      // Those who manage every workspace see it, too.
      const isThere = subject.workspaceRole !== undefined || permits('manage-channels', subject);
      const seen = await subject.account.call('GET', `${path}/channels`);
      assert.equal(seen.status, isThere ? 200 : 404, subject.name);
    }
  });

  test('guests meet only people of their rooms, in every dialect', async () => {
    for (const { role, account, socket } of subjects) {
      const expected = permits('write-to-all', { role });
      const message = { recipientId: stranger.userId, content: 'hello' };
      const native = (await socket.ask('direct_message', message)) as { code?: string };
      const http = await account.call('POST', '/api/messages', message);
      const pal = await FlatClient.connectAs(server, account, '/messagepal');
      pal.send('send_message', message);
      await pal.settled();
      const isRefused = pal.all('error').length > 0;
      pal.close();
      assert.deepEqual(
        [native.code, http.status, isRefused],
        // As to a user who does not exist.
        expected ? [undefined, 201, false] : ['NOT_FOUND', 404, true],
        role,
      );
      // The creator shares rooms with everybody.
      const known = { recipientId: creator.userId, content: 'hello' };
      assert.equal((await account.call('POST', '/api/messages', known)).status, 201, role);
    }
  });

  test('guests see the rooms that they were put into, and no others', async () => {
    const [own, other] = [await newRoom(), await newRoom()];
    await letAllIn(own);
    for (const { role, account } of subjects) {
      const isKnown = permits('join-rooms', { role });
      const listed: string[] = [];
      let after = '';
      do {
        const page = await account.must<{ rooms: { id: string }[]; next?: string }>(
          'GET',
          `/api/rooms${after}`,
        );
        listed.push(...page.rooms.map(({ id }) => id));
        after = page.next === undefined ? '' : `?after=${page.next}`;
      } while (after !== '');
      assert.deepEqual(
        [listed.includes(own.roomId), listed.includes(other.roomId)],
        [true, isKnown],
        role,
      );
      const socketIo = await SocketIoClient.connect(server, account.username);
      const named = await socketIo.ask('room:join', { roomId: `room ${roomCount}` });
      const isNew = await socketIo.ask('room:join', { roomId: `new by ${role}` });
      socketIo.close();
      assert.deepEqual([named.ok, isNew.ok], [isKnown, isKnown], role);
      // As for a room that does not exist.
      if (!isKnown) assert.deepEqual(named.error?.code, isNew.error?.code);
      const made = await account.call('POST', '/api/invites', {});
      const workspace = await account.call('POST', '/api/workspaces', { name: 'Ours' });
      assert.deepEqual([made.status, workspace.status], isKnown ? [201, 201] : [403, 403], role);
    }
  });

  test('a link can let in a guest, who sees its rooms only', async () => {
    const [own, other] = [await newRoom(), await newRoom()];
    const { invite } = await creator.must<{ invite: { token: string } }>('POST', '/api/invites', {
      ...{ roomIds: [own.roomId], role: 'guest' },
    });
    const about = { username: 'visitor', password: PASSWORD, invite: invite.token };
    assert.equal((await server.post('/register', about)).status, 201);
    const visitor = await server.login('visitor');

    const { user } = await visitor.must<{ user: { role: string } }>('GET', '/api/auth/me');
    assert.equal(user.role, 'guest');
    const { rooms } = await visitor.must<{ rooms: { id: string }[] }>('GET', '/api/rooms');
    assert.deepEqual(
      rooms.map(({ id }) => id),
      [own.roomId],
    );
    const hidden = await visitor.call('GET', `/api/rooms/${other.roomId}/messages`);
    assert.equal(hidden.status, 404);
  });

  test('the explainer is for those who manage the room or the server', async () => {
    const place = await newRoom();
    await letAllIn(place);
    const path = `/api/rooms/${place.roomId}/explain?userId=${creator.userId}`;
    for (const { role, account } of subjects) {
      const answer = await account.call('GET', `${path}&command=update_room`);
      assert.equal(answer.status, permits('administer', { role }) ? 200 : 403, role);
    }
    const { reason } = await creator.must<{ reason: string }>('GET', `${path}&command=update_room`);
    assert.match(reason, /^Row manage-room: .*creator is owner of the room\.$/);
    assert.equal((await creator.call('GET', `${path}&command=__proto__`)).status, 400);
    // Of users outside, and of roles on the server, those are told who administer the server.
    const asked = [
      [path.replace(creator.userId, stranger.userId), 'update_room', 404],
      [path, 'listAccounts', 403],
    ] as const;
    for (const [about, command, status] of asked) {
      const request = ['GET', `${about}&command=${command}`] as const;
      assert.equal((await creator.call(...request)).status, status, command);
      assert.match(JSON.stringify(await first.must(...request)), /of the server/);
    }
    const ban = `/api/rooms/${place.roomId}/bans/${stranger.userId}`;
    await creator.must('PUT', ban, {});
    const ofBanned = `${path.replace(creator.userId, stranger.userId)}&command=chat_message`;
    const { reason: banned } = await creator.must<{ reason: string }>('GET', ofBanned);
    assert.equal(banned, 'stranger is banned from the room.');
    const unknown = path.replace(creator.userId, place.roomId);
    assert.equal((await creator.call('GET', `${unknown}&command=update_room`)).status, 404);
  });
});
