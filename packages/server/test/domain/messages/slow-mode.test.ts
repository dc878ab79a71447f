/** Slow mode: members wait between their messages in a room, however they send them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatError, type ClientMessageId, type RoomId } from '@parley/protocol';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const SECOND_MS = 1000;

/** The wait that the error names; 0 if the message was stored. */
async function waitOf(sending: Promise<unknown>): Promise<number> {
  try {
    await sending;
    return 0;
  } catch (error) {
    assert.ok(error instanceof ChatError && error.code === 'RATE_LIMITED', String(error));
    assert.match(error.message, /^This room is in slow mode, one message in \d+ s: wait \d+ s$/);
    return error.details.retryAfterSeconds ?? 0;
  }
}

/** alice owns the lobby. */
async function slowLobby(harness: ChatHarness, slowModeSeconds: number, joining = ['bob']) {
  const alice = await harness.connect('alice');
  const roomId = (await alice.join('lobby')).room.id;
  const members: Client[] = [];
  for (const name of joining) {
    const member = await harness.connect(name);
    await member.join('lobby');
    members.push(member);
  }
  await setSlowMode(harness, alice, roomId, slowModeSeconds);
  return { alice, roomId, members };
}

async function setSlowMode(
  { chat }: ChatHarness,
  { connection }: Client,
  roomId: RoomId,
  slowModeSeconds: number,
): Promise<void> {
  await chat.roomSettings.change({ user: connection.user, connection }, roomId, {
    slowModeSeconds,
  });
}

function post({ chat }: ChatHarness, { connection }: Client, roomId: RoomId, content: string) {
  return chat.connectionless.send(connection.user, {
    ...{ to: { roomId }, content, clientMessageId: undefined },
    ...{ parentId: undefined, attachments: [] },
  });
}

describe('slow mode', () => {
  test('lets a member write one message in its time, over all connections and posts', async () => {
    const harness = new ChatHarness();
    const { alice, roomId, members } = await slowLobby(harness, 30, ['bob', 'carol']);
    const [bob, carol] = members as [Client, Client];

    assert.equal(await waitOf(bob.send('one')), 0);
    harness.clock.advance(10 * SECOND_MS);
    assert.equal(await waitOf(bob.send('two')), 20);
    bob.leave();
    const again = await harness.connect('bob');
    await again.join('lobby');
    assert.equal(await waitOf(again.send('two')), 20);
    assert.equal(await waitOf(post(harness, again, roomId, 'two')), 20);
    // Others have their own turn, and other rooms none.
    assert.equal(await waitOf(carol.send('mine')), 0);
    const { id: elsewhere } = (await again.join('elsewhere')).room;
    for (const text of ['a', 'b']) await again.send(text, { roomId: elsewhere });
    harness.clock.advance(20 * SECOND_MS);
    assert.equal(await waitOf(again.send('two', { roomId })), 0);

    await setSlowMode(harness, alice, roomId, 0);
    assert.equal(await waitOf(again.send('three', { roomId })), 0);
    assert.equal(await waitOf(post(harness, again, roomId, 'four')), 0);
  });

  test('does not delay those who moderate the room', async () => {
    const harness = new ChatHarness();
    const { alice, roomId, members } = await slowLobby(harness, 21_600);
    const [bob] = members as [Client];
    for (const text of ['one', 'two', 'three']) assert.equal(await waitOf(alice.send(text)), 0);
    assert.equal(await waitOf(post(harness, alice, roomId, 'four')), 0);

    await harness.chat.roomMembers.giveRole(alice.connection.user, {
      ...{ roomId, subjectId: bob.connection.user.id, role: 'moderator' },
    });
    for (const text of ['one', 'two']) assert.equal(await waitOf(bob.send(text)), 0);
  });

  test('accepts a retry at once, and rejects other messages with their own wait', async () => {
    const harness = new ChatHarness();
    const { members } = await slowLobby(harness, 60);
    const [bob] = members as [Client];
    const first = await bob.send('once', { clientMessageId: 'key' });

    const retry = await bob.send('once', { clientMessageId: 'key' });

    assert.deepEqual(
      [retry.messageId, retry.sequence, retry.duplicate],
      [first.messageId, first.sequence, true],
    );
    assert.equal(await waitOf(bob.send('other', { clientMessageId: 'other' })), 60);
  });

  test('tells a user without access nothing of a private room', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    const eve = await harness.connect('eve');
    const { user } = alice.connection;
    const settings = { name: 'Secret', visibility: 'private', slowModeSeconds: 60 } as const;
    const { room } = await harness.chat.roomSettings.create(user, settings);
    for (let count = 0; count < 3; count += 1) {
      await assert.rejects(post(harness, eve, room.id, 'knock'), { code: 'NOT_FOUND' });
    }
  });

  test('holds on all nodes', async () => {
    const nodes = await TwoNodes.start();
    const { alice, bob, roomId } = await nodes.inLobby();
    await setSlowMode(nodes.one, alice, roomId, 30);
    await nodes.settle();
    const tab = await nodes.one.connect('bob');
    await tab.join('lobby');

    assert.equal(await waitOf(bob.send('here')), 0);
    assert.equal(await waitOf(tab.send('there')), 30);
    const key = 'key' as ClientMessageId;
    nodes.clock.advance(30 * SECOND_MS);
    assert.equal(await waitOf(tab.send('there', { clientMessageId: key })), 0);
    assert.equal(await waitOf(bob.send('here')), 30);
    // A retry after the node of the first attempt has failed.
    await nodes.settle();
    const retry = await bob.send('there', { clientMessageId: key });
    assert.equal(retry.duplicate, true);
  });
});
