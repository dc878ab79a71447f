/**
 * Property: after events, connection losses and catch-ups the state of a client equals the
 * state that a new client fetches. Over every dialect of the SDK, against the real server.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserEnvironment, createParley, type Environment, type Parley } from '@parley/client';
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import fc from 'fast-check';
import { CHANNELS } from '../../packages/client/src/core/flat/channels.ts';
import type { AnyFlatDialect } from '../../packages/client/src/core/flat/dialect.ts';
import { DIRECT } from '../../packages/client/src/core/flat/direct.ts';
import { FlatClient } from '../../packages/client/src/core/flat/flat-client.ts';
import { flatRoomOf } from '../../packages/client/src/core/flat/flat-rooms.ts';
import { recipientKey } from '../../packages/client/src/core/outbox/recipient-key.ts';
import { Account } from '../../packages/server/test/support/account.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { until } from '../../packages/server/test/support/wait.ts';

/** Below the 50 messages of a first page: a new client fetches everything. */
const STEPS_MAX = 40;

type Step =
  | { readonly kind: 'write' | 'post' | 'reply' | 'cut' | 'reconnect' | 'calm' }
  | { readonly kind: 'edit' | 'delete' | 'react' | 'unreact' | 'pin'; readonly at: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('write' as const, 'post', 'post', 'reply', 'cut', 'reconnect', 'calm'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('edit' as const, 'delete', 'react', 'unreact', 'pin'),
      at: fc.nat({ max: STEPS_MAX }),
    }),
  },
);

/** The connection breaks before the room is open: messages go over HTTP. */
const CUT_BEFORE_JOIN: Step[] = [{ kind: 'cut' }, { kind: 'write' }, { kind: 'write' }];

/** A failure of an earlier version: messages between the page over HTTP and the join were lost. */
const WRITTEN_BEFORE_JOIN: Step[] = [
  { kind: 'post' },
  { kind: 'cut' },
  { kind: 'edit', at: 27 },
  { kind: 'reconnect' },
  { kind: 'post' },
  { kind: 'delete', at: 19 },
  { kind: 'post' },
  { kind: 'reply' },
];

/** A client under test. */
interface Observed {
  readonly write: (text: string) => void;
  /** Skips the wait for the next connection. */
  readonly reconnect: () => void;
  /** The messages as the application sees them; undefined while the client is behind. */
  readonly state: () => readonly object[] | undefined;
  readonly close: () => void;
}

/** The network of one client, whose socket a test can break. */
class Network {
  #cut: (() => void) | undefined;

  /** @param token Sent with the address and over HTTP, for dialects without a token callback. */
  environment(token?: string): Environment {
    const real = browserEnvironment();
    const query = token === undefined ? '' : `?token=${token}`;
    return {
      ...real,
      openSocket: (url, handlers, protocols) => {
        let isCut = false;
        const unlessCut = <Args extends unknown[]>(call: (...args: Args) => void) => {
          return (...args: Args): void => {
            if (!isCut) call(...args);
          };
        };
        const socket = real.openSocket(
          url + query,
          {
            onOpen: unlessCut(handlers.onOpen),
            onText: unlessCut(handlers.onText),
            onClose: unlessCut(handlers.onClose),
          },
          protocols,
        );
        this.#cut = () => {
          if (isCut) return;
          isCut = true;
          socket.close();
          handlers.onClose(1006);
        };
        return socket;
      },
      fetch: (input, init) => {
        const headers = new Headers(init?.headers);
        if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
        return real.fetch(input, { ...init, headers });
      },
    };
  }

  cut(): void {
    this.#cut?.();
  }
}

describe('the state of a client equals the state that a new client fetches', () => {
  let server: TestServer;
  let me: Account;
  let other: Parley;
  let otherId: UserId;
  let runs = 0;
  before(async () => {
    server = await TestServer.start({
      ...{ MESSAGE_RATE_MAX: '0', USER_MESSAGE_RATE_MAX: '0' },
      ...{ USER_CHANGE_RATE_MAX: '0', USER_CREATION_RATE_MAX: '0' },
    });
    me = await Account.signUp(server.url, 'observed');
    await connectOther();
  });
  after(async () => {
    await server.close();
    other.close();
  });

  async function connectOther(): Promise<void> {
    runs += 1;
    const { token, userId } = await Account.signUp(server.url, `other-${runs}`);
    // The server gave the id.
    otherId = userId as UserId;
    other = createParley({ url: server.url, auth: { getToken: () => token } });
    await other.connect();
  }

  const native = (network: Network, roomId: RoomId): Observed => {
    const parley = createParley({
      url: server.url,
      auth: { getToken: () => me.token },
      environment: network.environment(),
    });
    const room = parley.room(roomId);
    void parley.connect();
    room.open().catch(() => {});
    return {
      write: (text) => void room.send({ text }),
      reconnect: () => parley.connection.tryNow(),
      state: () => {
        const { outbox } = parley.getSnapshot();
        const { state } = room;
        if (state?.kind !== 'open' || !state.isLive || outbox.length > 0) return undefined;
        return state.log.messages;
      },
      close: () => parley.close(),
    };
  };

  function flat(dialect: AnyFlatDialect, outboxKey: (roomId: RoomId) => RoomId) {
    return (network: Network, roomId: RoomId): Observed => {
      const environment = network.environment(me.token);
      const client = new FlatClient({ serverUrl: server.url, environment, dialect });
      const release = client.acquire(roomId);
      client.rooms.nameOutboxKey(roomId, outboxKey(roomId));
      return {
        write: (text) => void client.send(outboxKey(roomId), text),
        reconnect: () => client.reconnect(),
        state: () => {
          const { outbox, connection } = client.getSnapshot();
          const room = flatRoomOf(client.getSnapshot(), roomId);
          if (connection.kind !== 'open' || room?.kind !== 'open') return undefined;
          if (outbox.length > 0 || room.isLoading || !room.log.hasPage) return undefined;
          return room.log.messages;
        },
        close: release,
      };
    };
  }

  const newRoom = async (): Promise<RoomId> => {
    runs += 1;
    const { id } = await other.join(`room-${runs}`);
    // Over HTTP, which a client uses while its socket cannot connect, only members may write.
    const member = await me.connect();
    await member.joinRoom({ roomName: `room-${runs}` });
    member.close();
    return id ?? assert.fail('the room was not opened');
  };
  /** With a new user, so that the conversation is empty. */
  const conversation = async (): Promise<RoomId> => {
    other.close();
    await connectOther();
    const direct = await other.direct(me.userId);
    await direct.send({ text: 'hello' }).done;
    await until(() => direct.id !== undefined, 'the conversation');
    return direct.id ?? assert.fail('the conversation has no id');
  };

  for (const [dialect, open, findRoom, runsMax] of [
    ['/ws', native, newRoom, 12],
    ['/ws/chat', flat(CHANNELS, (roomId) => roomId), newRoom, 12],
    ['/messagepal', flat(DIRECT, () => recipientKey(otherId)), conversation, 8],
  ] as const) {
    test(`over ${dialect}`, () =>
      fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: STEPS_MAX }), async (steps) => {
          const roomId = await findRoom();
          const network = new Network();
          const observed = open(network, roomId);
          try {
            await run(steps, { observed, network, roomId });
            observed.reconnect();
            await expectFetched(observed, () => open(new Network(), roomId));
          } finally {
            observed.close();
          }
        }),
        { numRuns: runsMax, examples: [[CUT_BEFORE_JOIN], [WRITTEN_BEFORE_JOIN]] },
      ));
  }

  async function run(
    steps: readonly Step[],
    { observed, network, roomId }: { observed: Observed; network: Network; roomId: RoomId },
  ): Promise<void> {
    const room = other.room(roomId);
    await room.open();
    const ids: MessageId[] = [];
    for (const [index, next] of steps.entries()) {
      const text = `text ${index}`;
      const target = 'at' in next ? ids[next.at % Math.max(1, ids.length)] : ids.at(-1);
      if (next.kind === 'write') observed.write(text);
      else if (next.kind === 'post') ids.push((await room.send({ text }).done).id);
      else if (next.kind === 'cut') network.cut();
      else if (next.kind === 'reconnect') observed.reconnect();
      else if (next.kind === 'calm')
        await until(() => observed.state() !== undefined, 'calm').catch(() => {});
      else if (target !== undefined) await change(next.kind, target, text);
    }

    async function change(kind: Step['kind'], id: MessageId, text: string): Promise<void> {
      try {
        if (kind === 'reply') await room.send({ text, replyTo: id }).done;
        else if (kind === 'edit') await room.edit(id, text);
        else if (kind === 'delete') await room.delete(id);
        else if (kind === 'react') await room.react(id, '👍');
        else if (kind === 'unreact') await room.unreact(id, '👍');
        else await room.pin(id);
      } catch (error) {
        // A deleted message cannot be changed.
        assert.match(
          String((error as { code?: string }).code),
          /NOT_FOUND|CONFLICT|VALIDATION_ERROR/,
        );
      }
    }
  }

  /** Waits for the same state, so that a failure shows the difference. */
  async function expectFetched(observed: Observed, openNew: () => Observed): Promise<void> {
    await until(() => observed.state() !== undefined, 'the client to catch up');
    const fresh = openNew();
    try {
      await until(() => fresh.state() !== undefined, 'the new client');
      const isEqual = (): boolean => {
        const states = [observed, fresh].map((each) => JSON.stringify(comparable(each.state())));
        return states[0] === states[1];
      };
      await until(isEqual, 'the same state').catch(() => {});
      assert.deepEqual(comparable(observed.state()), comparable(fresh.state()));
    } finally {
      fresh.close();
    }
  }
});

/** Without what differs by design: who names the sender, and receipts, which are not in the log. */
function comparable(messages: readonly object[] | undefined): unknown {
  return messages?.map((message) => {
    const { readers: _, ...rest } = message as Record<string, unknown>;
    return Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
