/** Names that look like others: one room per look, and names of every language as before. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { mixesScripts } from '../../../src/domain/primitives/confusables.ts';
import { toRoomName } from '../../../src/domain/rooms/room-name.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { assertCheap } from '../../support/costs.ts';

const ZERO_WIDTH_SPACE = '\u200b';
const SOFT_HYPHEN = '\u00ad';
const CYRILLIC_E = '\u0435';

const ORDINARY: readonly string[] = [
  'General',
  'Größe und Maß',
  'Q&A room',
  'team-42 🎉',
  '👩‍👩‍👧 family',
  'I ❤️ tea',
  'Việt Nam',
  'İstanbul',
  '日本語',
  'プログラミング入門',
  'お知らせ2026',
  'Tシャツ',
  'API設計',
  '한국어 채팅',
  'K팝 모임',
  '中文聊天',
  '卡拉OK',
  'ㄅㄆㄇ注音',
  'Общий чат',
  'IT-отдел',
  'Python для всех',
  'Школа №5',
  'Ελληνικά',
  'α-release',
  'Հայերեն',
  'ქართული',
  'العربية',
  'می‌خواهم',
  'עברית',
  'हिन्दी',
  'বাংলা',
  'தமிழ்',
  'ภาษาไทยVIP',
  'ລາວ',
  'ខ្មែរ',
  'မြန်မာ',
  'አማርኛ',
  'བོད་ཡིག',
  'µTorrent',
  'ᏣᎳᎩ',
  'ⵜⴰⵎⴰⵣⵉⵖⵜ',
];

describe('a new room', () => {
  for (const name of ORDINARY) {
    test(`can be called ${name}`, async () => {
      const alice = await new ChatHarness().connect('alice');

      assert.equal((await alice.join(name)).room.name, name);
    });
  }

  const rejected: readonly [title: string, name: string, message: string][] = [
    ['a line break', 'gen\neral', 'A room name must not contain control characters'],
    ['a line separator', 'gen\u2028eral', 'A room name must not contain control characters'],
    ['a next line', 'gen\u0085eral', 'A room name must not contain control characters'],
    ['an escape', 'gen\u001b[31meral', 'A room name must not contain control characters'],
    ['a NUL', 'gen\0eral', 'A room name must not contain control characters'],
    [
      'an override of the direction',
      '\u202elareneg',
      'A room name must not contain control characters',
    ],
    ['a direction mark', 'gen\u200feral', 'A room name must not contain control characters'],
    [
      'a Cyrillic letter in a Latin word',
      `g${CYRILLIC_E}neral`,
      'A word of a room name must not mix scripts',
    ],
    [
      'a Greek letter in a Latin word',
      'gener\u03b1l',
      'A word of a room name must not mix scripts',
    ],
    [
      'scripts mixed behind invisible characters',
      `g${ZERO_WIDTH_SPACE}${CYRILLIC_E}neral`,
      'A word of a room name must not mix scripts',
    ],
  ];
  for (const [title, name, message] of rejected) {
    test(`rejects ${title} in its name`, async () => {
      const alice = await new ChatHarness().connect('alice');

      await assert.rejects(alice.join(name), {
        code: 'VALIDATION_ERROR',
        details: { field: 'roomName', message },
      });
    });
  }

  test('is an existing room if only invisible characters differ', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room: general } = await alice.join('general');

    for (const invisible of [
      ZERO_WIDTH_SPACE,
      SOFT_HYPHEN,
      '\u2060',
      '\ufe0f',
      '\u034f',
      '\u{e0041}',
    ]) {
      harness.clock.advance(2000);
      assert.equal((await bob.join(`gen${invisible}eral`)).room.id, general.id);
    }
  });

  test('must not look like an existing room', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await alice.join('cocoa-chat');
    await alice.join('coco');

    for (const name of ['\u0441\u043e\u0441\u043e', '\u0441\u043e\u0441\u043e\u0430-chat']) {
      await assert.rejects(bob.join(name), {
        code: 'CONFLICT',
        details: { field: 'roomName', message: 'This name looks like the name of another room' },
      });
    }
    // Accepted as long as it looks like no existing room.
    await bob.join('\u0445\u043e\u0440');
  });

  test('of a workspace follows the same rules, also when it is renamed', async () => {
    const { chat, userOf } = harnessWithUsers();
    const alice = await userOf('alice');
    const { workspace } = await chat.workspaces.create(alice, 'School');
    const wanted = { workspaceId: workspace.id, name: 'coco' };
    const { room: coco } = await chat.channels.create(alice, wanted);
    const { room: other } = await chat.channels.create(alice, { ...wanted, name: 'art' });

    for (const [name, code] of [
      ['\u0441\u043e\u0441\u043e', 'CONFLICT'],
      [`co${ZERO_WIDTH_SPACE}co`, 'CONFLICT'],
      [`gr${CYRILLIC_E}en`, 'VALIDATION_ERROR'],
      ['two\nlines', 'VALIDATION_ERROR'],
    ] as const) {
      await assert.rejects(chat.channels.create(alice, { ...wanted, name }), { code });
      await assert.rejects(chat.channels.change(alice, { roomId: other.id, name }), {
        code,
      });
    }
    const renamed = await chat.channels.change(alice, { roomId: coco.id, name: 'Coco!' });
    assert.equal(renamed.room.name, 'Coco!');
  });
});

describe('the name of a workspace or a group', () => {
  for (const name of [`Sch${CYRILLIC_E}ol`, 'two\u2028lines', '\u202eSchool', 'two\nlines']) {
    test(`must not be ${JSON.stringify(name)}`, async () => {
      const harness = new ChatHarness();
      const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
      const { chat } = harness;
      const { user } = alice.connection;

      const rejection = { code: 'VALIDATION_ERROR' };
      await assert.rejects(chat.workspaces.create(user, name), rejection);
      const group = { userIds: [bob.connection.user.id], name };
      await assert.rejects(chat.groups.create(alice.connection, group), rejection);
    });
  }
});

describe('a room', () => {
  test('is not found by a name with an invisible character in place of its dash', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    const { room: dashed } = await alice.join('gen-eral');
    const { room: general } = await alice.join('general');
    harness.clock.advance(2000);

    assert.equal((await alice.join(`gen${ZERO_WIDTH_SPACE}eral`)).room.id, general.id);
    assert.notEqual(dashed.id, general.id);
  });
});

describe('mixesScripts', () => {
  test('gives the same result in any order of words', () => {
    const word = fc.constantFrom('chat', 'общий', `ch${CYRILLIC_E}t`, '日本', 'αβγ', '42', '🎉');
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (words) => {
        const isMixed = words.includes(`ch${CYRILLIC_E}t`);
        assert.equal(mixesScripts(words.join(' ')), isMixed);
        assert.equal(mixesScripts(words.toReversed().join('-')), isMixed);
      }),
    );
  });

  test('and the key are cheap to compute', async () => {
    await assertCheap(() => {
      for (const letter of ['\u0435', '\u{1f9d1}', '\ufdfa', '\u0301\u0316']) {
        mixesScripts(letter.repeat(100));
        assert.throws(() => toRoomName(`a${letter.repeat(100)}`, 'name'));
      }
    }, 30);
  });
});

function harnessWithUsers() {
  const harness = new ChatHarness();
  return { chat: harness.chat, userOf: (name: string) => harness.userOf(name) };
}
