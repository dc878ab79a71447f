/** Hooks of `/ws/chat` and `/messagepal` with the fake for tests of applications. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UserId } from '@parley/protocol';
import { createElement, useContext } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { DIRECT } from '../../src/core/flat/direct.ts';
import { createInboxViewSelector } from '../../src/core/flat/room-view.ts';
import { recipientKey } from '../../src/core/outbox/recipient-key.ts';
import { type Clients, ClientsContext } from '../../src/react/clients.ts';
import { ParleyProvider } from '../../src/react/parley-provider.ts';
import { createFakeParley, type FakeParley } from '../../src/testing/index.ts';

test('the testing fake serves the hooks of the other dialects through the provider', async () => {
  const fake = createFakeParley();
  const lobby = fake.addRoom('lobby');
  fake.post(lobby, 'earlier');
  await fake.parley.connect();
  await fake.parley.room(lobby).open();
  const { channels, direct } = clientsOf(fake);
  const ends = [channels.acquire(lobby), direct.acquire()];
  await fake.settle();
  const textsOf = ({ getSnapshot }: typeof channels) =>
    [...getSnapshot().rooms.values()].flatMap((room) =>
      room.kind === 'open' ? room.log.messages.map(({ content }) => content) : [],
    );
  assert.equal(channels.getSnapshot().connection.kind, 'open');
  assert.deepEqual(textsOf(channels), ['earlier']);

  channels.send(lobby, 'from the hook');
  fake.rejectNext('send_message', 'UNAVAILABLE');
  fake.post(lobby, 'from bob');
  fake.type(lobby);
  await fake.settle();
  await fake.advance(5_000);
  assert.deepEqual(fake.stored(lobby).toSorted(), ['earlier', 'from bob', 'from the hook']);
  assert.deepEqual(textsOf(channels), fake.stored(lobby));
  const texts = fake.parley.room(lobby).messages.map(({ content }) => content);
  assert.deepEqual(texts, fake.stored(lobby));

  direct.send(recipientKey('user-bob' as UserId), 'hello bob');
  await fake.settle();
  const answer = fake.post('direct-bob', 'hello alice');
  await fake.settle();
  assert.deepEqual(textsOf(direct), ['hello bob', 'hello alice']);
  direct.markRead(undefined, answer);
  await fake.settle();
  const seen = createInboxViewSelector(DIRECT.toWire)(direct.getSnapshot()).messages.at(-1);
  assert(seen?.status === 'sent' && seen.readAt !== undefined);

  fake.disconnect();
  assert.equal(channels.getSnapshot().connection.kind, 'waiting');
  for (const end of ends) end();
  fake.parley.close();
});

test('the testing fake keeps what a message of a hook replies to, and its attachments', async () => {
  const fake = createFakeParley();
  const lobby = fake.addRoom('lobby');
  const replyTo = fake.post(lobby, 'earlier');
  await fake.parley.connect();
  await fake.parley.room(lobby).open();
  const { channels } = clientsOf(fake);
  const end = channels.acquire(lobby);
  await fake.settle();

  channels.send(lobby, 'look', { replyTo, attachments: ['/uploads/1'] });
  await fake.settle();

  const { attachments, parentId } = fake.parley.room(lobby).messages.at(-1) ?? assert.fail();
  assert.deepEqual([attachments, parentId], [['/uploads/1'], replyTo]);
  end();
  fake.parley.close();
});

/** Those that the provider has for the hooks. */
function clientsOf({ parley }: FakeParley): Clients {
  let clients: Clients | undefined;
  const Look = (): null => {
    clients = useContext(ClientsContext);
    return null;
  };
  renderToStaticMarkup(createElement(ParleyProvider, { parley }, createElement(Look)));
  return clients ?? assert.fail('nothing was rendered');
}
