/** Temporary rooms and ended sessions of two nodes, as their clients see them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SocketIoClient } from '../../packages/server/test/support/socketio-client.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import type { Person } from './dialect-driver.ts';
import { MatrixFixture } from './matrix-fixture.ts';

interface OpenRoom {
  readonly roomId: string;
  leave(): void;
}

/** The dialects that open rooms by name. */
const OPENERS: Readonly<Record<string, (person: Person, roomName: string) => Promise<OpenRoom>>> = {
  async native({ server, token }, roomName) {
    const socket = server.open(token);
    await socket.next('connection_established');
    const { roomId } = await socket.joinRoom({ roomName });
    return { roomId, leave: () => socket.close() };
  },
  async socketio({ server, token }, roomName) {
    const client = new SocketIoClient(server, { auth: { token } });
    await client.open();
    const { roomId } = await client.joinRoom(roomName);
    return { roomId, leave: () => client.close() };
  },
};

describe('two nodes', { concurrency: 2 }, () => {
  let fixture: MatrixFixture;
  before(async () => {
    fixture = await MatrixFixture.buildTwoNodes();
  });
  after(() => fixture.close());

  for (const [one, openOne] of Object.entries(OPENERS)) {
    for (const [other, openOther] of Object.entries(OPENERS)) {
      test(`keep a temporary room of ${one} until its last user by ${other} leaves`, async () => {
        const name = `temp-${one}-${other}`;
        const [here, there] = await fixture.newStrangers();
        const first = await openOne(here, name);
        const last = await openOther(there, name);
        assert.equal(last.roomId, first.roomId);
        const { roomId } = first;
        const observer = here.server.open(here.token);
        await observer.next('connection_established');
        const isDeleted = async () => {
          const answer = await observer.ask('get_history', { roomId });
          return 'code' in answer && answer.code === 'NOT_FOUND';
        };

        first.leave();
        const reader = there.server.open(there.token);
        await reader.next('connection_established');
        const { members } = await reader.ask('get_members', { roomId }, 'member_list');
        assert.ok(members.some(({ userId }) => userId === there.userId));
        assert.equal(await isDeleted(), false);
        last.leave();

        await until(isDeleted, 'the deletion');
        for (const socket of [observer, reader]) socket.close();
      });
    }
  }

  test('reject requests of a session that has ended on the other node', async () => {
    const [here] = await fixture.newStrangers();
    const { server } = fixture.person('bob');
    const status = async () => {
      const headers = { cookie: here.cookie };
      return (await fetch(`${server.url}/api/auth/me`, { headers })).status;
    };
    assert.equal(await status(), 200);

    await here.server.post('/api/auth/logout', {}, { cookie: here.cookie });

    await until(async () => (await status()) === 401, 'the rejection');
  });
});
