/**
 * Every command in a room that a role decides, by every role, over the native dialect and its route: it
 * is rejected exactly if the table of roles says so, and `explain` says the same. Messages and joins
 * over the other dialects, too.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COMMANDS, type CommandEntry, EXAMPLE_IDS } from '@parley/protocol/commands';
import { NEEDS } from '../../src/model/command-rights.ts';
import { permits } from '../../src/model/role-table.ts';
import { ROLES } from '../../src/model/stored-role.ts';
import type { Role } from '../../src/model/user.ts';
import { type Account, PASSWORD } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';
import { until } from '../support/wait.ts';

interface Subject {
  readonly role: Role;
  readonly account: Account;
  readonly socket: TestSocket;
}

interface Place {
  readonly roomId: string;
  /** Of another user. */
  readonly messageId: string;
}

/** Rejected for other reasons than a role, or without an answer. */
const ELSEWHERE: ReadonlySet<string> = new Set(['user_typing', 'direct_message', 'edit_message']);

describe('roles and commands', () => {
  let server: TestServer;
  let creator: Account;
  let stranger: Account;
  let subjects: readonly Subject[];
  let roomCount = 0;
  before(async () => {
    server = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', MESSAGE_RATE_MAX: '0', USER_MESSAGE_RATE_MAX: '0' },
      ...{ USER_CHANGE_RATE_MAX: '0', USER_CREATION_RATE_MAX: '0' },
    });
    const first = await server.signUp('role-owner');
    creator = await server.signUp('creator');
    stranger = await server.signUp('stranger');
    const made: Subject[] = [];
    for (const role of ROLES) {
      const { userId } = await server.signUp(`role-${role}`);
      if (role !== 'owner' && role !== 'member') {
        await first.must('PATCH', `/api/admin/users/${userId}`, { role });
      }
      const account = await server.login(`role-${role}`);
      made.push({ role, account, socket: await account.connect() });
    }
    subjects = made;
  });
  after(async () => {
    for (const { socket } of subjects) socket.close();
    await server.close();
  });

  const newRoom = async (settings: object = {}): Promise<Place> => {
    roomCount += 1;
    const about = { name: `room ${roomCount}`, ...settings };
    const { room } = await creator.must<{ room: { id: string } }>('POST', '/api/rooms', about);
    const said = await creator.must<{ message: { id: string } }>('POST', '/api/messages', {
      ...{ roomId: room.id, content: 'hello' },
    });
    return { roomId: room.id, messageId: said.message.id };
  };
  const letAllIn = async ({ roomId }: Place): Promise<void> => {
    const { invite } = await creator.must<{ invite: { token: string } }>('POST', '/api/invites', {
      roomIds: [roomId],
    });
    for (const { account } of subjects) {
      await account.must('POST', '/api/invites/accept', { token: invite.token });
    }
  };
  const isRejected = (code: unknown): boolean => code === 'FORBIDDEN' || code === 'NOT_FOUND';
  const explain = async (place: Place, { account }: Subject, command: string) => {
    const query = new URLSearchParams({ userId: account.userId, command });
    return creator.must<{ allowed: boolean; reason: string }>(
      'GET',
      `/api/rooms/${place.roomId}/explain?${query}`,
    );
  };

  for (const [type, entry] of Object.entries<CommandEntry>(COMMANDS)) {
    const need = NEEDS.get(type);
    if (need?.right === undefined || ELSEWHERE.has(type)) continue;
    const { right, ofOthers } = need;
    const isInRoom = JSON.stringify(entry.example).includes(EXAMPLE_IDS.room);
    const areMembers = isInRoom && right !== 'read' && right !== 'join-rooms';

    test(`${type} follows the row ${ofOthers ?? right}`, async () => {
      const { http } = entry;
      let place = await newRoom();
      if (areMembers) await letAllIn(place);
      for (const subject of subjects) {
        const text = JSON.stringify(entry.example)
          .replaceAll(EXAMPLE_IDS.room, place.roomId)
          .replaceAll(EXAMPLE_IDS.message, place.messageId)
          .replaceAll(EXAMPLE_IDS.user, creator.userId);
        const input = { ...JSON.parse(text), ...(isInRoom ? {} : { name: `by ${subject.role}` }) };
        const explained = isInRoom ? await explain(place, subject, type) : undefined;
        // Both say it of members who have no role in the room but that.
        const expected = areMembers
          ? permits(ofOthers ?? right, { role: subject.role, roomRole: 'member' }, 'room')
          : permits(right === 'read' ? 'join-rooms' : right, subject);
        if (ofOthers === undefined && explained !== undefined) {
          assert.equal(explained.allowed, expected, `${subject.role}: ${explained.reason}`);
        }

        if (http.kind === 'derived') {
          const [method = '', path = ''] = http.route.split(' ');
          const target = path
            .replace(':roomId', place.roomId)
            .replace(':messageId', place.messageId)
            .replace(':emoji', encodeURIComponent('👍'));
          const { roomId: _, messageId: __, ...rest } = input as Record<string, unknown>;
          const query = new URLSearchParams(
            Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)]),
          );
          const answer =
            method === 'GET'
              ? await subject.account.call(method, `${target}?${query}`)
              : await subject.account.call(method, target, rest);
          const what = `${http.route} by ${subject.role}: ${answer.status}`;
          assert.equal([403, 404].includes(answer.status), !expected, what);
        }
        if (!isInRoom) continue;
        if (type === 'delete_room' && expected) {
          place = await newRoom();
          await letAllIn(place);
          input.roomId = place.roomId;
        }
        const answer = (await subject.socket.ask(type, input)) as unknown as {
          readonly code?: string;
          readonly rooms?: readonly { readonly error?: { readonly code: string } }[];
        };
        if (type === 'delete_room' && expected) {
          place = await newRoom();
          await letAllIn(place);
        }
        const code = answer.code ?? answer.rooms?.[0]?.error?.code;
        assert.equal(isRejected(code), !expected, `${type} by ${subject.role}: ${code}`);
      }
    });
  }

  test('messages follow the row announce in every dialect where only moderators write', async () => {
    const place = await newRoom({ posting: 'moderators' });
    await letAllIn(place);
    const { roomId } = place;
    const content = 'hello';
    for (const subject of subjects) {
      const { role, account, socket } = subject;
      const expected = permits('announce', { role });
      const explained = await explain(place, subject, 'chat_message');
      assert.equal(explained.allowed, expected, explained.reason);

      await socket.joinRoom({ roomId });
      const native = (await socket.ask('chat_message', { roomId, content })) as { code?: string };
      const http = await account.call('POST', '/api/messages', { roomId, content });
      const socketIo = await SocketIoClient.connect(server, account.username);
      await socketIo.joinRoom(roomId);
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

      assert.deepEqual(
        [native.code, http.status, sent.ok, isRefused],
        expected ? [undefined, 201, true, false] : ['FORBIDDEN', 403, false, true],
        role,
      );
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
        expected ? [undefined, 201, false] : ['FORBIDDEN', 403, true],
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
    assert.match(
      reason,
      /^Row manage-room: .*creator is member of the server, owner of the room\.$/,
    );
    assert.equal((await creator.call('GET', `${path}&command=__proto__`)).status, 400);
    const unknown = path.replace(creator.userId, place.roomId);
    assert.equal((await creator.call('GET', `${unknown}&command=update_room`)).status, 404);
  });
});
