/** Hooks over `createParley`: their values as the state changes. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import { createElement, useContext } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { createParley, type Parley, type ParleyOptions } from '../../src/core/parley.ts';
import { type Clients, ClientsContext } from '../../src/react/clients.ts';
import {
  mergeThread,
  useMembers,
  useMessages,
  useSender,
  useThread,
  useTyping,
} from '../../src/react/message-hooks.ts';
import {
  useConnection,
  useMe,
  usePresence,
  useRoom,
  useRooms,
  useUnread,
} from '../../src/react/parley-hooks.ts';
import { ParleyProvider } from '../../src/react/parley-provider.ts';
import { keepEqual } from '../../src/react/parley-state.ts';
import { acquireRoom } from '../../src/react/room-leases.ts';
import { BOB_ID, LOBBY, message } from '../fakes/builders.ts';
import { settle } from '../fakes/fake-environment.ts';
import { NativeServer } from '../fakes/scripted-native.ts';

describe('hooks over createParley', () => {
  let server: NativeServer;
  let parley: Parley;
  beforeEach(() => {
    server = new NativeServer();
    const { environment } = server;
    parley = createParley({ url: 'http://server', environment });
    server.room('lobby');
  });

  /** The value of a hook now. Nothing is mounted: the test opens rooms itself. */
  function resultOf<Value>(hook: () => Value): Value {
    let value: { is: Value } | undefined;
    const Component = (): null => {
      value = { is: hook() };
      return null;
    };
    renderToStaticMarkup(createElement(ParleyProvider, { parley }, createElement(Component)));
    return (value ?? assert.fail('nothing was rendered')).is;
  }

  function connect(): void {
    void parley.connect();
    server.accept();
    parley.client.openRoom(LOBBY);
    server.flush();
  }

  test('show the connection, the user, and the rooms', () => {
    assert.equal(resultOf(useConnection).state.kind, 'idle');
    assert.equal(resultOf(useMe), undefined);
    connect();
    assert.equal(resultOf(useConnection).state.kind, 'ready');
    assert.equal(resultOf(useMe)?.username, 'alice');
    assert.deepEqual(
      resultOf(() => useRooms(({ rooms }) => rooms.map(({ name }) => name))),
      ['lobby'],
    );
    server.cut();
    const { state } = resultOf(useConnection);
    assert(state.kind === 'reconnecting');
    assert.deepEqual([state.cause, typeof state.retryAtMs], ['network', 'number']);
    parley.close();
  });

  test('show a room, its messages and their delivery, typing, presence and unread counts', () => {
    const room = () => resultOf(() => useRoom(LOBBY));
    const messages = () => resultOf(() => useMessages(LOBBY));
    assert.deepEqual([room().status, messages().status], ['opening', 'loading']);
    connect();
    server.post('lobby', 'hello');
    server.flush();
    parley.room(LOBBY).send({ text: 'hi' });
    const bob = { roomId: LOBBY, userId: BOB_ID, username: 'bob' };
    server.sendEvent('user_joined', bob);
    server.sendEvent('user_typing', { ...bob, isTyping: true });

    assert.deepEqual([room().status, room().name], ['open', 'lobby']);
    assert.deepEqual(
      messages().messages.map(({ content, delivery }) => `${content} ${delivery.kind}`),
      ['hello sent', 'hi sent'],
    );
    assert.deepEqual(
      resultOf(() => useTyping(LOBBY)).map(({ username }) => username),
      ['bob'],
    );
    assert.equal(resultOf(() => usePresence(BOB_ID))?.isOnline, true);
    server.post('lobby', 'again');
    server.flush();
    assert.equal(resultOf(() => useUnread(LOBBY)).unreadCount, 1);
    assert.equal(resultOf(() => useUnread()).unreadCount, 1);
    server.cut();
    assert.equal(room().status, 'catching-up');
    parley.close();
  });

  test('name members, senders and users who are typing, also when a name changes', () => {
    const members = () => resultOf(() => useMembers(LOBBY));
    assert.deepEqual(members(), []);
    connect();
    server.post('lobby', 'hello');
    server.flush();
    const bob = { roomId: LOBBY, userId: BOB_ID, username: 'bob' };
    const present = { userId: BOB_ID, username: 'bob', isOnline: true, lastSeen: null };
    server.sendEvent('user_joined', bob);
    server.sendEvent('presence_update', {
      ...{ ...present, status: 'online', displayName: 'Bob Smith' },
      externalId: 'u-2',
    });
    server.sendEvent('user_typing', { ...bob, isTyping: true });
    const expected = { id: BOB_ID, username: 'bob', name: 'Bob Smith', externalId: 'u-2' };

    assert.deepEqual(
      members().filter(({ id }) => id === BOB_ID),
      [expected],
    );
    const [typist] = resultOf(() => useTyping(LOBBY));
    assert.deepEqual(typist?.sender, expected);
    assert.deepEqual(
      resultOf(() => useTyping('room-other')),
      [],
    );
    const fromTimeline = resultOf(() => useSender({ userId: BOB_ID, sender: 'bob' }));
    assert.deepEqual(fromTimeline, expected);
    // Until the name changes, the same object.
    const asked = { userId: BOB_ID, sender: expected };
    assert.equal(
      resultOf(() => useSender(asked)),
      fromTimeline,
    );
    server.sendEvent('presence_update', { ...present, status: 'online', displayName: 'Bobby' });
    assert.equal(resultOf(() => useSender(asked)).name, 'Bobby');
    server.sendEvent('user_typing', { ...bob, isTyping: false });
    assert.deepEqual(
      resultOf(() => useTyping(LOBBY)),
      [],
    );
    parley.close();
  });

  test('show why a room is closed', () => {
    server.forbidden.add(LOBBY);
    connect();
    const { status, error } = resultOf(() => useRoom(LOBBY));
    assert.deepEqual([status, error], ['closed', 'FORBIDDEN']);
    assert.equal(resultOf(() => useMessages(LOBBY)).status, 'failed');
    parley.close();
  });

  test('a room is open from the first component to some seconds after the last', async () => {
    connect();
    const release = acquireRoom(parley, LOBBY);
    const other = acquireRoom(parley, LOBBY);
    const isOpen = () => parley.getSnapshot().rooms.has(LOBBY);
    release();
    await settle();
    assert.equal(isOpen(), true);
    other();
    const next = acquireRoom(parley, LOBBY);
    await settle();
    assert.equal(isOpen(), true, 'a component replaced another');
    next();
    server.environment.advance(4_000);
    assert.equal(isOpen(), true, 'the user may come back');
    server.environment.advance(1_000);
    assert.equal(isOpen(), false);
    parley.close();
  });

  test('switching between rooms needs one join for each, and few rooms stay open', () => {
    connect();
    const joins = () => server.environment.socket.sentOf('join_room').length;
    const before = joins();
    for (let turn = 0; turn < 220; turn += 1) {
      const id = server.room(turn % 2 === 0 ? 'a' : 'b').id;
      acquireRoom(parley, id)();
      server.flush();
      server.environment.advance(60);
    }
    assert.equal(joins() - before, 2);
    assert.equal(server.environment.socket.sentOf('leave_room').length, 0);

    for (let room = 0; room < 30; room += 1) acquireRoom(parley, server.room(`room ${room}`).id)();
    server.flush();
    const held = parley.getSnapshot().rooms.size;
    // The lobby has no component.
    assert.equal(held, 11);
    acquireRoom(parley, server.room('c').id)();
    parley.close();
    assert.equal(server.environment.timerCount, 0);
  });

  test('the other dialects use the auth of the provider, or of its client', async () => {
    for (const give of [
      (auth: ParleyOptions['auth']) => ({ serverUrl: 'http://server', auth }),
      (auth: ParleyOptions['auth']) => ({
        parley: createParley({ url: 'http://server', environment: server.environment, auth }),
      }),
    ]) {
      let tokens = 0;
      const getToken = () => {
        tokens += 1;
        return `token-${tokens}`;
      };
      const { environment } = server;
      let clients: Clients | undefined;
      const Look = (): null => {
        clients = useContext(ClientsContext);
        return null;
      };
      const props = { environment, ...give({ getToken }) };
      renderToStaticMarkup(createElement(ParleyProvider, props, createElement(Look)));
      const end = clients?.channels.acquire(LOBBY);
      await settle();
      assert.deepEqual(environment.socket.protocols, ['parley', 'parley.token.token-1']);
      // The server rejects each token after the upgrade: no attempt follows.
      Object.assign(environment, { session: 'ended' });
      environment.socket.upgrade();
      environment.socket.end(4001);
      await settle();
      assert.equal(clients?.channels.getSnapshot().connection.kind, 'unauthorized');
      Object.assign(environment, { session: 'valid' });
      end?.();
    }
  });

  test('without a client, they say what is missing', () => {
    const Component = (): null => {
      useMe();
      return null;
    };
    assert.throws(() => renderToStaticMarkup(createElement(Component)), /ParleyProvider/);
  });

  test('a thread is loading until its page arrives', () => {
    connect();
    assert.equal(resultOf(() => useThread(LOBBY, 'm1')).status, 'loading');
    parley.close();
  });
});

test('a selected value stays the same object while its fields are equal', () => {
  let state: { rooms: readonly string[]; other: number } = { rooms: ['a'], other: 1 };
  const look = keepEqual(
    () => state,
    ({ rooms }) => rooms.map((name) => name),
  );
  const first = look();
  state = { ...state, other: 2 };
  assert.equal(look(), first);
  state = { ...state, rooms: ['a', 'b'] };
  assert.notEqual(look(), first);
});

test('a thread shows the state of the room over the page that was loaded', () => {
  const parentId = 'm1' as MessageId;
  const reply = (sequence: number, content: string) =>
    message(sequence, { content, parentMessageId: parentId });
  const merged = mergeThread(
    { parent: message(1), replies: [reply(2, 'old'), reply(3, 'only in the page')] },
    [reply(2, 'edited'), reply(9, 'new'), message(10)],
    parentId,
  );
  assert.deepEqual(
    merged.replies.map(({ content }) => content),
    ['edited', 'only in the page', 'new'],
  );
  assert.equal(merged.parent?.sequence, 1);
});
