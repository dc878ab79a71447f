import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { newRoomId, ownedBy, room } from '../../support/records.ts';

const thumb = { kind: 'reaction-added', emoji: '👍' } as const;

async function aliceSaysHello() {
  const harness = new ChatHarness();
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  const { room: lobby } = await alice.join('lobby');
  await bob.join('lobby');
  const { messageId } = await alice.send('hello');
  return { harness, alice, bob, lobby, messageId };
}

describe('changing a message', () => {
  test('sends the change to the others, and an acknowledgement to its author', async () => {
    const { alice, bob, lobby, messageId } = await aliceSaysHello();
    const edit = { kind: 'edit', content: ' good bye ', contentLengthMax: 1000 } as const;

    const acknowledgement = await alice.change(lobby.id, messageId, edit, 'c1');
    await bob.change(lobby.id, messageId, thumb);

    assert.deepEqual(
      [acknowledgement.messageId, acknowledgement.sequence, acknowledgement.clientMessageId],
      [messageId, 2, 'c1'],
    );
    const [, edited] = bob.ofKind('logged');
    assert(edited?.event.kind === 'edit');
    assert.equal(edited.event.content, 'good bye');
    const [reacted] = alice.ofKind('logged');
    assert(reacted?.event.kind === 'reaction-added');
    assert.deepEqual([reacted.event.emoji, reacted.event.count], ['👍', 1]);
    assert.equal(bob.ofKind('logged').length, 2);
  });

  test('is one change, however often it is sent', async () => {
    const { alice, bob, lobby, messageId } = await aliceSaysHello();

    const first = await alice.change(lobby.id, messageId, thumb, 'c1');
    const again = await alice.change(lobby.id, messageId, thumb, 'c1');

    assert.deepEqual(again, { ...first, duplicate: true });
    assert.equal(bob.ofKind('logged').length, 2);
  });

  test('is rejected under the id of a message', async () => {
    const { alice, lobby, messageId } = await aliceSaysHello();
    await alice.send('more', { clientMessageId: 'c1', roomId: lobby.id });

    await assert.rejects(alice.change(lobby.id, messageId, thumb, 'c1'), {
      code: 'CONFLICT',
      details: {
        field: 'clientMessageId',
        message: 'This clientMessageId was used for another command',
      },
    });
  });

  test('requires membership, but not an open room', async () => {
    const { harness, bob, lobby, messageId } = await aliceSaysHello();
    const carol = await harness.connect('carol');
    harness.chat.subscriptions.leave(bob.connection, lobby.id);
    const hidden = room('hidden', { visibility: 'private' });
    await harness.store.rooms.createRoom(hidden, ownedBy(bob.connection.user), 0);

    await bob.change(lobby.id, messageId, thumb);
    await assert.rejects(carol.change(lobby.id, messageId, thumb), { code: 'FORBIDDEN' });
    await assert.rejects(carol.change(hidden.id, messageId, thumb), { code: 'NOT_FOUND' });
    await assert.rejects(carol.change(newRoomId(), messageId, thumb), { code: 'NOT_FOUND' });
  });

  test('names a missing message', async () => {
    const { alice, bob, lobby, messageId } = await aliceSaysHello();
    await alice.change(lobby.id, messageId, { kind: 'deletion' });

    await assert.rejects(bob.change(lobby.id, messageId, thumb), {
      code: 'NOT_FOUND',
      details: { field: 'messageId' },
    });
  });

  test('rejects an edit without text, and an invalid reaction', async () => {
    const { alice, lobby, messageId } = await aliceSaysHello();
    const edit = (content: string) => ({ kind: 'edit', content, contentLengthMax: 5 }) as const;
    const react = (emoji: string) => ({ kind: 'reaction-added', emoji }) as const;

    for (const wrong of [
      edit(' '),
      edit('123456'),
      react(' '),
      react('a b'),
      react('x'),
      react('👍👍'),
      react('<svg/onload=alert(1)>'),
      { kind: 'reaction-removed', emoji: 'a b' } as const,
    ]) {
      assert.throws(() => alice.change(lobby.id, messageId, wrong), { code: 'VALIDATION_ERROR' });
    }
  });

  test('stores an emoji in one form, however it was written', async () => {
    const { alice, bob, lobby, messageId } = await aliceSaysHello();

    await bob.change(lobby.id, messageId, { kind: 'reaction-added', emoji: '\u2764' });
    await alice.change(lobby.id, messageId, { kind: 'reaction-added', emoji: '\u2764\ufe0f' });
    await bob.change(lobby.id, messageId, { kind: 'reaction-removed', emoji: '\u2764' });

    const sent = [...alice.ofKind('logged'), ...bob.ofKind('logged')].flatMap(({ event }) =>
      'emoji' in event ? [[event.kind, event.emoji, event.count]] : [],
    );
    assert.deepEqual(sent, [
      ['reaction-added', '\u2764\ufe0f', 1],
      ['reaction-removed', '\u2764\ufe0f', 1],
      ['reaction-added', '\u2764\ufe0f', 2],
    ]);
  });

  test('does not send the removal of a text that was never a reaction', async () => {
    const { alice, bob, lobby, messageId } = await aliceSaysHello();
    const removal = { kind: 'reaction-removed', emoji: '<svg/onload=alert(1)>' } as const;

    assert.throws(() => alice.change(lobby.id, messageId, removal), { code: 'VALIDATION_ERROR' });

    assert.equal(bob.ofKind('logged').length, 1);
  });
});
