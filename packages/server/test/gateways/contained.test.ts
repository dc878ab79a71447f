/** A defect closes the connection that it affects, is logged once, and affects neither the process nor other clients. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, mock, test } from 'node:test';
import { DOMAIN_DEFAULTS } from '../../src/domain/settings.ts';
import type { CommitResult } from '../../src/model/commit-outcome.ts';
import type { LogCommand } from '../../src/model/log-command.ts';
import type { Store } from '../../src/ports/store.ts';
import type { Client } from '../support/chat-harness.ts';
import { GatewayHarness, type RawClient } from '../support/gateway-harness.ts';
import { until } from '../support/wait.ts';

type StoredOutcome = Extract<CommitResult, { readonly kind: 'stored' }>;

interface DialectCase {
  readonly path: string;
  readonly code: number;
  readonly join: (roomId: string) => string;
  readonly say: (roomId: string, content: string) => string;
}

const UNKNOWN_FRAMES: Readonly<Record<string, string>> = {
  '/ws': '{"type":"dance","payload":{}}',
  '/ws/chat': '{"type":"dance"}',
  '/messagepal': '{"type":"dance"}',
  '/socket.io/': '42["dance"]',
};

const flat = (type: string, fields: object) => JSON.stringify({ type, ...fields });

const DIALECTS: readonly DialectCase[] = [
  {
    path: '/ws',
    code: 1011,
    join: (roomId) => flat('join_room', { payload: { roomId } }),
    say: (roomId, content) => flat('chat_message', { payload: { roomId, content } }),
  },
  {
    path: '/ws/chat',
    code: 1011,
    join: (channelId) => flat('join_channel', { channelId }),
    say: (channelId, content) => flat('send_message', { channelId, content }),
  },
  {
    path: '/socket.io/',
    code: 1006,
    join: (roomId) => `42${JSON.stringify(['room:join', { roomId }])}`,
    say: (roomId, content) => `42${JSON.stringify(['message:send', { roomId, content }])}`,
  },
];

function atInvalidTime({ event, ...result }: StoredOutcome): StoredOutcome {
  const createdAtMs = Number.NaN;
  if (event.kind !== 'message') return { ...result, event: { ...event, createdAtMs } };
  return {
    ...result,
    event: { ...event, createdAtMs, message: { ...event.message, createdAtMs } },
  };
}

describe('a defect', () => {
  let harness: GatewayHarness;
  let alice: Client;
  let commit: Store['log']['commit'];
  let rooms = 0;
  let people = 0;
  before(async () => {
    harness = await GatewayHarness.start();
    alice = await harness.chat.connect('alice');
    commit = harness.chat.store.log.commit;
  });
  afterEach(() => {
    harness.failsToLog = () => false;
    harness.entries.length = 0;
  });
  after(() => harness.close());

  const openRoom = async () => {
    rooms += 1;
    return (await alice.join(`room ${rooms}`)).room.id;
  };
  /** Uses another user each time, because users with such a room cannot list their rooms. */
  const joinRoom = async ({ path, join }: DialectCase, roomId: string) => {
    people += 1;
    const client = await harness.connect(path, `bob-${people}`);
    const before = client.texts.length;
    client.send(join(roomId));
    await until(() => client.texts.length > before, 'the room');
    return client;
  };
  /** Commits return an invalid time, which no encoder can write. */
  const atNoTime = async <T>(run: () => T | Promise<T>): Promise<T> => {
    const { log } = harness.chat.store;
    const broken = mock.method(log, 'commit', async (commands: readonly LogCommand[]) => {
      const results = await commit.call(log, commands);
      return results.map((result) => (result.kind === 'stored' ? atInvalidTime(result) : result));
    });
    try {
      return await run();
    } finally {
      broken.mock.restore();
    }
  };
  const endsAlone = async (client: RawClient, code: number) => {
    assert.equal(await client.end(), code);
    await until(
      () => harness.logged('connection.closed').length === 1,
      'the log entry of the close',
    );
    assert.equal(harness.logged('command.failed').length, 1);
  };

  for (const dialect of DIALECTS) {
    test(`of an encoder at ${dialect.path} closes the connections that receive the event`, async () => {
      const roomId = await openRoom();
      const bob = await joinRoom(dialect, roomId);
      const elsewhere = await joinRoom(dialect, await openRoom());

      await atNoTime(async () => {
        await alice.send('now', { roomId });
        await endsAlone(bob, dialect.code);
      });

      await alice.send('still here', { roomId });
      assert.deepEqual(alice.received.slice(-1), [{ kind: 'acknowledged', sequence: 2 }]);
      assert.equal(elsewhere.isOpen, true);
      elsewhere.close();
      await until(() => harness.logged('connection.closed').length === 2, 'the end');
    });

    test(`of an answer at ${dialect.path} does not delay commands of other clients`, async () => {
      const roomId = await openRoom();
      const bob = await joinRoom(dialect, roomId);

      await atNoTime(async () => {
        bob.send(dialect.say(roomId, 'mine'));
        await endsAlone(bob, dialect.code);
      });

      assert.equal((await alice.send('still here', { roomId })).duplicate, false);
    });

    test(`of an encoder at ${dialect.path} does not show the user as offline at once`, async () => {
      const roomId = await openRoom();
      const bob = await joinRoom(dialect, roomId);
      alice.received.length = 0;
      const isShownOffline = () =>
        alice.received.some((each) => each.kind === 'presence' && each.member.status === 'offline');

      await atNoTime(async () => {
        await alice.send('now', { roomId });
        await endsAlone(bob, dialect.code);
      });

      assert.equal(isShownOffline(), false);
      harness.chat.clock.advance(DOMAIN_DEFAULTS.presenceGraceMs);
      assert.equal(isShownOffline(), true);
    });

    test(`of the logger at ${dialect.path} closes no other connection`, async () => {
      const roomId = await openRoom();
      const carol = await joinRoom(dialect, roomId);
      harness.failsToLog = () => true;

      const bob = await harness.connect(dialect.path, 'bob').catch(() => undefined);
      await bob?.end();

      harness.failsToLog = () => false;
      await alice.send('still here', { roomId });
      await carol.next('still here');
      carol.close();
      await until(() => harness.logged('connection.closed').length === 1, 'the end');
      await until(() => harness.chat.chat.connections.count === 1, 'nobody else');
    });
  }

  for (const [path, frame] of Object.entries(UNKNOWN_FRAMES)) {
    test(`of the logger at ${path} closes the connection`, async () => {
      const bob = await harness.connect(path, 'bob');
      harness.failsToLog = ({ event }) => event === 'command.refused';

      bob.send(frame);

      await endsAlone(bob, path === '/socket.io/' ? 1006 : 1011);
    });
  }
});
