/** Rooms that some users share, and two users without access: an outsider, and a former member. */
import type { Account } from '../../packages/server/test/support/account.ts';
import type { TestServer } from '../../packages/server/test/support/running-server.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';

/** Part of every message, and of the names of private data. */
export const SECRET = 'the well kept secret';

export interface PrivateRoom {
  readonly kind: 'direct' | 'group' | 'channel' | 'private' | 'private channel';
  readonly roomId: string;
  readonly messageId: string;
}

export class PrivateRoomsFixture {
  readonly server: TestServer;
  readonly alice: Account;
  readonly workspaceId: string;
  readonly rooms: readonly PrivateRoom[];
  /** Bob's connection, with all private rooms open. */
  readonly #witness: TestSocket;

  static async build(server: TestServer): Promise<PrivateRoomsFixture> {
    const [alice, bob, carol] = await Promise.all(
      ['alice', 'bob', 'carol'].map((name) => server.signUp(name)),
    );
    await server.signUp('mallory');
    // Invited to all rooms, and has not answered.
    const dora = await server.signUp('dora');
    await dora.must('PUT', '/api/privacy', { askBeforeStrangers: true });
    if (alice === undefined || bob === undefined || carol === undefined) throw new Error('People');
    const { workspace } = await alice.must<{ workspace: { id: string } }>(
      'POST',
      '/api/workspaces',
      { name: SECRET },
    );
    const path = `/api/workspaces/${workspace.id}`;
    for (const { username } of [bob, carol, dora]) {
      await alice.must('POST', `${path}/members`, { username });
    }
    const { channel } = await alice.must<{ channel: { id: string } }>('POST', `${path}/channels`, {
      name: SECRET,
    });
    const witness = await bob.connect();
    const socket = await alice.connect();
    const userIds = [bob.userId, carol.userId, dora.userId];
    const group = await socket.ask('create_group', { userIds, name: SECRET }, 'group_created');
    const direct = await socket.ask(
      'direct_message',
      { recipientId: bob.userId, content: SECRET },
      'message_ack',
    );
    const { room: hidden } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
      ...{ name: SECRET, topic: SECRET, visibility: 'private' },
    });
    for (const { userId } of [bob, carol, dora]) {
      await alice.must('PUT', `/api/rooms/${hidden.id}/members/${userId}`);
    }
    const { room: inside } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
      ...{ name: SECRET, topic: SECRET, visibility: 'private', workspaceId: workspace.id },
    });
    for (const { userId } of [bob, carol]) {
      await alice.must('PUT', `/api/rooms/${inside.id}/members/${userId}`);
    }
    const roomIds = {
      ...{ group: group.roomId, channel: channel.id },
      ...{ private: hidden.id, 'private channel': inside.id },
    };
    const said = await Promise.all(
      Object.entries(roomIds).map(async ([kind, roomId]) => {
        await socket.joinRoom({ roomId });
        const { id } = await socket.sendMessage({ roomId, content: SECRET });
        return { kind: kind as PrivateRoom['kind'], roomId, messageId: id };
      }),
    );
    const opened = [channel.id, hidden.id, inside.id];
    for (const roomId of opened) await witness.joinRoom({ roomId });
    // The former member was present when all of this was sent.
    const former = await carol.connect();
    for (const roomId of opened) await former.joinRoom({ roomId });
    former.close();
    await alice.must('DELETE', `${path}/members`, { username: 'carol' });
    for (const roomId of [group.roomId, hidden.id]) {
      await alice.must('DELETE', `/api/rooms/${roomId}/members/${carol.userId}`);
    }
    socket.close();
    const directRoom = { kind: 'direct' as const, roomId: direct.roomId, messageId: direct.id };
    return new PrivateRoomsFixture({
      server,
      alice,
      witness,
      workspaceId: workspace.id,
      rooms: [directRoom, ...said],
    });
  }

  private constructor(parts: {
    readonly server: TestServer;
    readonly alice: Account;
    readonly witness: TestSocket;
    readonly workspaceId: string;
    readonly rooms: readonly PrivateRoom[];
  }) {
    this.server = parts.server;
    this.alice = parts.alice;
    this.workspaceId = parts.workspaceId;
    this.rooms = parts.rooms;
    this.#witness = parts.witness;
  }

  /** Everything that a member can see of the private rooms. */
  async look(): Promise<string> {
    const rooms = await Promise.all(
      this.rooms.map(async ({ roomId }) => [
        await this.#witness.ask('get_history', { roomId }, 'history'),
        await this.#witness.ask('get_members', { roomId }, 'member_list'),
        await this.#witness.ask('get_members', { roomId, scope: 'members' }, 'member_list'),
      ]),
    );
    const members = await this.alice.must('GET', `/api/workspaces/${this.workspaceId}/members`);
    const channels = await this.alice.must('GET', `/api/workspaces/${this.workspaceId}/channels`);
    return JSON.stringify([rooms, members, channels], hidePresence);
  }

  /**
   * Everything sent to the private rooms since their creation, without presence, answers, and the
   * number of members, which is sent once a second: `look` shows the members.
   */
  async received(): Promise<number> {
    const frames = await this.#witness.settled();
    const roomIds = new Set(this.rooms.map(({ roomId }) => roomId));
    return frames.filter(({ type, payload, replyTo }) => {
      const { roomId } = payload as { readonly roomId?: string };
      if (type === 'member_total') return false;
      return replyTo === undefined && roomId !== undefined && roomIds.has(roomId);
    }).length;
  }

  close(): void {
    this.#witness.close();
  }
}

/** Presence changes without commands. */
function hidePresence(name: string, value: unknown): unknown {
  return ['status', 'isOnline', 'lastSeen', 'timestamp'].includes(name) ? undefined : value;
}
