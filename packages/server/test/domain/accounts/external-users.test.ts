import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OWN_ISSUER, shownName } from '../../../src/model/user.ts';
import type { ExternalClaims } from '../../../src/ports/access-tokens.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const PICTURE = 'https://app.example.org/ada.png';

/** Tokens that are the claims themselves, in Base64. */
const openTokens = {
  issue: async () => 'no.such.token',
  verify: async (token: string) => {
    const [, claims = ''] = token.split('.');
    const given = JSON.parse(Buffer.from(claims, 'base64url').toString()) as ExternalClaims;
    return { ...given, kind: 'external' as const, expiresAtMs: Number.MAX_SAFE_INTEGER };
  },
};

const tokenOf = (claims: object) =>
  `a.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.b`;

async function logIn({ chat }: ChatHarness, claims: object) {
  const identity = await chat.authenticator.authenticate(
    tokenOf({ issuer: 'elsewhere', ...claims }),
  );
  assert(identity !== undefined);
  return identity.user;
}

const start = () => new ChatHarness({ accessTokens: openTokens });

describe('an external user', () => {
  test('gets a suffix if its name is reserved', async () => {
    const user = await logIn(start(), { subject: '17', username: 'system' });

    assert.match(user.username, /^system-.{6}$/);
  });

  test('has the id of its application, and its picture', async () => {
    const claims = { subject: 'u-1', username: 'ada', name: 'Ada Byron', picture: PICTURE };
    const user = await logIn(start(), claims);

    const { username, displayName, externalId, avatarUrl } = user;
    assert.deepEqual(
      { username, displayName, externalId, avatarUrl },
      { username: 'ada', displayName: 'Ada Byron', externalId: 'u-1', avatarUrl: PICTURE },
    );
  });

  const usernames: readonly [written: string | undefined, username: string][] = [
    ['José', 'Jose'],
    ['Anna Müller', 'Anna-Muller'],
    ['', 'u-17'],
    [undefined, 'u-17'],
    ['Zoë!', 'Zoe-'],
    ['王小明', '---'],
  ];
  for (const [written, expected] of usernames) {
    test(`has the username ${expected} for the name ${written}`, async () => {
      const user = await logIn(start(), { subject: 'u-17', username: written });

      assert.equal(user.username, expected);
    });
  }

  const names: readonly [title: string, written: string, shown: string][] = [
    ['is shown by that name', 'Älice 🙂', 'Älice 🙂'],
    ['is shown by whole characters of a long one', `a${'🙂'.repeat(60)}`, `a${'🙂'.repeat(39)}`],
    ['is shown by the username where a store could not keep it', 'alice\0', 'alice'],
    ['is shown by the username where it has half a character', 'alice\ud800', 'alice'],
    ['is shown by the username where nothing of it can be seen', '\u200b\n', 'alice'],
    ['is shown in one line, in its own direction', 'A\n\u202eli\u2028ce', 'Alice'],
  ];
  for (const [title, name, shown] of names) {
    test(title, async () => {
      const person = { subject: '17', username: 'alice', name };

      assert.equal((await logIn(start(), person)).displayName, shown);
    });
  }

  for (const name of ['admin', 'Alice', '\u0430lice', 'PARLEY']) {
    test(`does not show the name ${name}, which is the server's or that of another user`, async () => {
      const harness = start();
      await logIn(harness, { subject: '1', username: 'alice' });
      const known = await logIn(harness, { subject: '3', username: 'bob' });

      const user = await logIn(harness, { subject: '2', username: name });
      const renamed = { subject: '3', username: 'bob', name };

      assert.equal(user.displayName, user.username);
      assert.equal((await logIn(harness, renamed)).displayName, known.username);
    });
  }

  const pictures = [
    'http://app.example.org/a.png',
    'javascript:alert(1)',
    'data:image/png;base64,AAAA',
    'https://user:password@app.example.org/a.png',
    'https://app.example.org/a b.png',
    `https://app.example.org/${'a'.repeat(2100)}`,
    '//app.example.org/a.png',
    'picture',
  ];
  for (const picture of pictures) {
    test(`has no picture for ${picture.slice(0, 50)}`, async () => {
      const person = { subject: '17', username: 'ada', picture };

      assert.equal((await logIn(start(), person)).avatarUrl, undefined);
    });
  }

  test('follows later tokens; claims that are absent change nothing', async () => {
    const harness = start();
    const ada = { subject: 'u-1' };
    const shown = async (claims: object) => {
      const { displayName, avatarUrl } = await logIn(harness, { ...ada, ...claims });
      return [displayName, avatarUrl];
    };

    const first = await shown({ username: 'ada', name: 'Ada Byron', picture: PICTURE });
    const married = await shown({ username: 'ada', name: 'Ada Lovelace' });
    const subjectOnly = await shown({});
    const without = await shown({ picture: '' });

    assert.deepEqual(
      [first, married, subjectOnly, without],
      [
        ['Ada Byron', PICTURE],
        ['Ada Lovelace', PICTURE],
        ['Ada Lovelace', PICTURE],
        ['Ada Lovelace', undefined],
      ],
    );
    const { users } = await harness.store.accounts.listUsersByWord('lovelace', 9, 0);
    const [found] = users;
    assert.equal(found?.externalId, 'u-1');
  });

  test('is shown with a new name and picture to those who share a room, on all nodes', async () => {
    const nodes = await TwoNodes.start({ accessTokens: openTokens });
    const { alice, bob } = await nodes.inLobby();
    const claims = { subject: 'u-1', username: 'ada' };
    const ada = await logIn(nodes.one, claims);
    await (await nodes.one.connect('ada')).join('lobby');
    await nodes.settle();

    await logIn(nodes.other, { ...claims, name: 'Ada Lovelace', picture: PICTURE });
    await nodes.settle();

    for (const client of [alice, bob]) {
      const { member } = client.ofKind('presence').at(-1) ?? {};
      assert.deepEqual(
        [member?.userId, member?.displayName, member?.avatarUrl, member?.externalId],
        [ada.id, 'Ada Lovelace', PICTURE, 'u-1'],
      );
    }
    await nodes.close();
  });
});

test('the assistant keeps its reserved name and has no id of another application', async () => {
  const user = await logIn(start(), { issuer: OWN_ISSUER, subject: 'system', username: 'system' });

  assert.deepEqual([user.username, user.externalId], ['system', undefined]);
  assert.equal(shownName(user).isBot, true);
});
