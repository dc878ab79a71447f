/** Texts whose normalization takes seconds, for every command that takes a text. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientMessageId } from '@parley/protocol';
import { toReplyContent } from '../../src/domain/assistant/reply-content.ts';
import { ChatHarness, type Client } from '../support/chat-harness.ts';
import { assertCheap } from '../support/costs.ts';

/** Marks of different classes: sorting this many takes seconds. */
const COSTLY = `a${'\u0301\u0316'.repeat(100_000)}`;
const CONTENT_LENGTH_MAX = 10_000;
/** One and a half times the limit for a text alone: the harness takes time too. */
const MS_MAX = 30;

interface Scene {
  readonly harness: ChatHarness;
  readonly alice: Client;
  readonly bob: Client;
}

const REJECTIONS: readonly [title: string, reject: (scene: Scene) => Promise<unknown>][] = [
  ['a message', async ({ alice }) => alice.send(COSTLY)],
  ['a message to a person', ({ alice }) => alice.sendTo('bob', COSTLY)],
  [
    'an edit',
    async ({ harness, alice }) => {
      const [place] = alice.connection.openRooms;
      assert(place !== undefined);
      const { messageId } = await alice.send('hello');
      const edit = { kind: 'edit', content: COSTLY, contentLengthMax: CONTENT_LENGTH_MAX } as const;
      await harness.settle();
      return alice.change(place.stream.room.id, messageId, edit);
    },
  ],
  [
    'a reaction',
    async ({ alice }) => {
      const [place] = alice.connection.openRooms;
      assert(place !== undefined);
      const { messageId } = await alice.send('hello');
      const react = { kind: 'reaction-added', emoji: COSTLY } as const;
      return alice.change(place.stream.room.id, messageId, react);
    },
  ],
  [
    'a message over HTTP',
    ({ harness: { chat }, alice, bob }) =>
      chat.connectionless.send(alice.connection.user, {
        to: { recipient: { kind: 'id', id: bob.connection.user.id } },
        content: COSTLY,
        clientMessageId: 'c' as ClientMessageId,
        parentId: undefined,
        attachments: [],
      }),
  ],
  ['the name of a room', async ({ alice }) => alice.join(COSTLY)],
  [
    'the name of a workspace',
    ({ harness: { chat }, alice }) => chat.workspaces.create(alice.connection.user, COSTLY),
  ],
  [
    'the name of a channel',
    async ({ harness: { chat }, alice: { connection } }) => {
      const { workspace } = await chat.workspaces.create(connection.user, 'School');
      const wanted = { workspaceId: workspace.id, name: COSTLY };
      return chat.channels.create(connection.user, wanted);
    },
  ],
  [
    'the name of a group',
    ({ harness: { chat }, alice, bob }) =>
      chat.groups.create(alice.connection, { userIds: [bob.connection.user.id], name: COSTLY }),
  ],
  [
    'a status text',
    async ({ harness: { chat }, alice }) =>
      chat.presenceStatus.set(alice.connection, { status: 'online', statusText: COSTLY }),
  ],
  [
    'a username',
    ({ harness: { chat } }) =>
      chat.accounts.register({ username: COSTLY, password: 'password', address: undefined }),
  ],
  [
    'a password',
    ({ harness: { chat } }) =>
      chat.accounts.register({ username: 'carol', password: COSTLY, address: undefined }),
  ],
];

describe('a text that takes long to normalize', () => {
  for (const [title, reject] of REJECTIONS) {
    test(`is rejected as ${title} before it is normalized`, async () => {
      const harness = new ChatHarness({ settings: { messageRateMax: 0 } });
      const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
      await alice.join('lobby');
      await assertCheap(async () => {
        await assert.rejects(async () => reject({ harness, alice, bob }), {
          code: 'VALIDATION_ERROR',
        });
      }, MS_MAX);
    });
  }

  test('fails a login as quickly as any other text', async () => {
    const { chat } = new ChatHarness();
    let attempts = 0;
    await assertCheap(async () => {
      const attempt = { username: `${attempts++}${COSTLY}`, password: COSTLY, address: undefined };
      await assert.rejects(chat.accounts.verify(attempt), { code: 'UNAUTHENTICATED' });
    }, MS_MAX);
  });

  test('is shortened in an answer of the assistant', async () => {
    await assertCheap(() => {
      const content = toReplyContent({ kind: 'whole', text: COSTLY }, CONTENT_LENGTH_MAX);
      assert(content.length < 40);
    }, MS_MAX);
  });

  test('counts towards the rate limit, so that the cost of rejected texts is bounded', async () => {
    const harness = new ChatHarness({
      settings: { messageRateMax: 2, messageRateWindowMs: 60_000 },
    });
    const alice = await harness.connect('alice');
    await alice.join('lobby');

    for (const code of ['VALIDATION_ERROR', 'VALIDATION_ERROR', 'RATE_LIMITED']) {
      await assert.rejects(async () => alice.send(COSTLY), { code });
    }
  });
});
