/** Words that the operator blocks: how they match, and what happens to messages with them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatError } from '@parley/protocol';
import { WordList } from '../../../src/domain/messages/word-list.ts';
import { ChatHarness } from '../../support/chat-harness.ts';

const REJECTED = {
  code: 'VALIDATION_ERROR',
  details: { field: 'content', message: 'This server does not accept messages with “Tulip”' },
};

describe('a list of blocked words', () => {
  const list = new WordList(['Tulip', 'free  money', 'Café', 'スパム', '!!!', 'C3PO']);

  test('matches whole words and phrases, without regard to case, accents and punctuation', () => {
    for (const [text, found] of [
      ['a TULIP, please', 'Tulip'],
      ['tu\u0301lip', 'Tulip'],
      ['Free - MONEY!', 'free  money'],
      ['the cafe there', 'Café'],
      ['これはスパムです', 'スパム'],
      ['c3po', 'C3PO'],
      ['tu\u200blip', 'Tulip'],
      ['**tu**lip', 'Tulip'],
      ['fr\u2060ee m~~o~~ney', 'free  money'],
      ['free_money', 'free  money'],
      [`${'word '.repeat(1999)} tulip`, 'Tulip'],
      [`${'x'.repeat(3796)} free money`, 'free  money'],
      ['tulips', undefined],
      ['money, free', undefined],
      ['free', undefined],
      ['cafeteria', undefined],
      ['!!!', undefined],
    ] as const) {
      assert.equal(list.find(text), found, text.slice(-40));
    }
  });

  test('rejects messages and edits, in rooms, posts and direct messages, and names the word', async () => {
    const harness = new ChatHarness({ settings: { blockedWords: ['Tulip'] } });
    const alice = await harness.connect('alice');
    await harness.userOf('bob');
    const roomId = (await alice.join('lobby')).room.id;
    const { messageId } = await alice.send('a rose');
    const { user } = alice.connection;

    await assert.rejects(async () => alice.send('a tulip'), REJECTED);
    await assert.rejects(alice.sendTo('bob', 'a tulip'), REJECTED);
    const edit = { kind: 'edit', content: 'a tulip', contentLengthMax: 100 } as const;
    await assert.rejects(
      async () => alice.change(roomId, messageId, edit),
      (error) => error instanceof ChatError && error.message === REJECTED.details.message,
    );
    const post = harness.chat.connectionless.send(user, {
      ...{ to: { roomId }, content: 'a tulip', clientMessageId: undefined },
      ...{ parentId: undefined, attachments: [] },
    });
    await assert.rejects(post, REJECTED);
  });

  test('puts messages and edits into the queue of the moderators, once, if it only reports', async () => {
    const settings = { blockedWords: ['Tulip'], blockedWordsAction: 'report' } as const;
    const harness = new ChatHarness({ settings });
    const alice = await harness.connect('alice');
    const { id: roomId } = (await alice.join('lobby')).room;
    const { messageId } = await alice.send('a rose');
    await alice.send('a tulip');
    const edit = { kind: 'edit', content: 'two tulip', contentLengthMax: 100 } as const;
    for (let count = 0; count < 2; count += 1) await alice.change(roomId, messageId, edit);
    await harness.settle();

    const page = { state: 'open', after: undefined, limit: 9 } as const;
    const reports = await harness.store.reports.listReports(page);
    assert.deepEqual(reports.map(({ message }) => message?.content).sort(), [
      'a tulip',
      'two tulip',
    ]);
    for (const { reason, user, reporter } of reports) {
      assert.equal(reason, 'Word list of the server: “Tulip”');
      assert.deepEqual([user.username, reporter], ['alice', undefined]);
    }
  });
});
