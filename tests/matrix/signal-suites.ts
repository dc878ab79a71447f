/**
 * Suites of tests about what users see of each other through every pair of dialects, for one
 * server and for two nodes of a cluster.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import { SocketIoClient } from '../../packages/server/test/support/socketio-client.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import type { Person } from './dialect-driver.ts';
import { DIALECT_DRIVERS } from './dialects/all.ts';
import type { MatrixFixture } from './matrix-fixture.ts';
import { CHANNEL_SIGNALS, DIRECT_SIGNALS, type SentMessage } from './signals.ts';

const CONCURRENT_TESTS = 4;

type Build = () => Promise<MatrixFixture>;

/** Participants, typing, read positions and archived channels, in each pair of dialects. */
export function describeSignals(title: string, build: Build): void {
  // One after another: a user who types in several rooms is shown in one per second.
  describe(title, () => {
    let fixture: MatrixFixture;
    before(async () => {
      fixture = await build();
    });
    after(() => fixture.close());

    /** Sends a message as a third user, over HTTP. */
    const post = async (who: string, roomId: string): Promise<SentMessage> => {
      const { server, cookie } = fixture.person(who);
      const body = { roomId, content: 'for all' };
      const answer = await server.post('/api/messages', body, { cookie });
      return ((await answer.json()) as { message: SentMessage }).message;
    };

    for (const one of CHANNEL_SIGNALS) {
      for (const other of CHANNEL_SIGNALS) {
        test(`${other.name} shows who enters, types, reads and leaves by ${one.name}`, async () => {
          const roomId = await fixture.createChannel(`signals-${one.name}-${other.name}`);
          const observer = await other.open(fixture.person('bob'), roomId);
          const { userId } = fixture.person('alice');
          const actor = await one.open(fixture.person('alice'), roomId);
          await until(() => observer.members().includes(userId), 'alice in the room');
          const { userId: observerId } = fixture.person('bob');
          await until(() => actor.members().includes(observerId), 'bob in the room');

          actor.setTyping(true);
          await until(() => observer.typists().includes(userId), 'the indicator');
          actor.setTyping(false);
          await until(() => observer.typists().length === 0, 'the end of the indicator');
          const message = await post('carol', roomId);
          actor.markRead(message);
          await until(() => observer.hasRead(userId, message), 'the read position');
          actor.leave();
          await until(() => !observer.members().includes(userId), 'alice gone');
          for (const client of [actor, observer]) client.close();
        });
      }
    }

    for (const one of DIRECT_SIGNALS) {
      for (const other of DIRECT_SIGNALS) {
        test(`${other.name} shows who types and reads by ${one.name} in a direct room`, async () => {
          const pair = await fixture.newPair();
          const [sender, recipient] = [fixture.person(pair.one), fixture.person(pair.other)];
          const observer = await other.open(recipient, pair.roomId);
          const actor = await one.open(sender, pair.roomId);

          actor.setTyping(true);
          await until(() => observer.typists().includes(sender.userId), 'the indicator');
          actor.setTyping(false);
          await until(() => observer.typists().length === 0, 'the end of the indicator');
          const message = await post(pair.other, pair.roomId);
          actor.markRead(message);
          await until(() => observer.hasRead(sender.userId, message), 'the read position');
          for (const client of [actor, observer]) client.close();
        });
      }
    }

    for (const driver of CHANNEL_SIGNALS) {
      test(`${driver.name} rejects writing and typing in an archived channel`, async () => {
        const roomId = await fixture.createChannel(`archived-${driver.name}`);
        const client = await driver.open(fixture.person('bob'), roomId);
        const observer = await driver.open(fixture.person('carol'), roomId);
        client.setTyping(true);
        const { userId } = fixture.person('bob');
        await until(() => observer.typists().includes(userId), 'the indicator');
        client.setTyping(false);
        await until(() => observer.typists().length === 0, 'the end of the indicator');

        await fixture.archiveChannel(roomId);

        await until(() => {
          client.setTyping(true);
          return client.errorCode() === 'FORBIDDEN';
        }, 'the rejection of typing');
        const writer = await driver.open(fixture.person('bob'), roomId);
        writer.say('too late');
        await until(() => writer.errorCode() === 'FORBIDDEN', 'the rejection of a message');
        for (const each of [client, observer, writer]) each.close();
      });
    }
  });
}

/** Presence, activity and first messages. */
export function describeNews(title: string, build: Build): void {
  describe(title, { concurrency: CONCURRENT_TESTS }, () => {
    let fixture: MatrixFixture;
    before(async () => {
      fixture = await build();
    });
    after(() => fixture.close());

    test('show a chosen presence and its end through native and Socket.IO clients', async () => {
      const pair = await fixture.newPair();
      const [alice, bob] = [fixture.person(pair.one), fixture.person(pair.other)];
      const native = bob.server.open(bob.token);
      await native.next('connection_established');
      const socketio = new SocketIoClient(bob.server, { auth: { token: bob.token } });
      await socketio.open();
      await socketio.joinRoom(pair.roomId);
      const shows = (status: string) => () => {
        const updates = [
          native.ofType('presence_update'),
          socketio.all<{ userId: string; status: string }>('presence:update'),
        ];
        return updates.every(
          (ofDialect) =>
            ofDialect.filter(({ userId }) => userId === alice.userId).at(-1)?.status === status,
        );
      };

      const chooser = alice.server.open(alice.token);
      await chooser.next('connection_established');
      chooser.send('set_presence', { status: 'busy' });
      await until(shows('busy'), 'busy');
      const other = new SocketIoClient(alice.server, { auth: { token: alice.token } });
      await other.open();
      await other.must('presence:set', { status: 'away' });
      await until(shows('away'), 'away');
      for (const client of [chooser, other]) client.close();
      await until(shows('offline'), 'offline');
      for (const client of [native, socketio]) client.close();
    });

    for (const driver of DIALECT_DRIVERS) {
      test(`report activity by ${driver.name} to members without the room open`, async () => {
        const roomId = await fixture.createChannel(`activity-${driver.name}`);
        const bob = fixture.person('bob');
        const native = bob.server.open(bob.token);
        await native.next('connection_established');
        const { peer } = await fixture.connect(driver, 'alice', roomId, () => {});

        peer.say('news', `${roomId} news`);

        const isReported = () =>
          native
            .ofType('room_activity')
            .some((activity) => activity.roomId === roomId && activity.unreadCount === 1);
        await until(isReported, 'the activity');
        for (const client of [peer, native]) client.close();
      });
    }

    for (const [sender, send] of Object.entries(FIRST_MESSAGES)) {
      test(`open a direct room at the first message by ${sender}`, async () => {
        const [one, other] = await fixture.newStrangers();
        const native = other.server.open(other.token);
        await native.next('connection_established');
        const direct = await FlatClient.connectAs(other.server, other, '/messagepal');

        await send(one, { recipientId: other.userId, content: 'first' });

        assert.equal((await native.next('chat_message')).content, 'first');
        await direct.next('message_received');
        for (const client of [native, direct]) client.close();
      });
    }
  });
}

interface FirstMessage {
  readonly recipientId: string;
  readonly content: string;
}

const FIRST_MESSAGES: Readonly<
  Record<string, (sender: Person, message: FirstMessage) => Promise<void>>
> = {
  async native({ server, token }, message) {
    const socket = server.open(token);
    await socket.next('connection_established');
    await socket.ask('direct_message', message, 'message_ack');
    socket.close();
  },
  async direct(sender, message) {
    const client = await FlatClient.connectAs(sender.server, sender, '/messagepal');
    client.send('send_message', message);
    await client.next('message_received');
    client.close();
  },
  async http({ server, cookie }, message) {
    assert.equal((await server.post('/api/messages', message, { cookie })).status, 201);
  },
};
