import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { mentionGrammar, mentions } from '../../../src/core/messages/mentions.ts';

describe('a text', () => {
  before(() => mentionGrammar);

  for (const text of [
    '@alice',
    'you, @Alice!',
    '(@alice)',
    'hi @everyone',
    '@bob @alice',
    '.@alice',
    '@@alice',
    '你好@alice',
    '@alice- you',
    '_@alice_',
    '@everyone-',
  ]) {
    test(`mentions alice: ${text}`, () => {
      assert(mentions(text, { username: 'alice' }));
    });
  }
  for (const text of [
    'alice',
    '@alice-b',
    '@alicea',
    'mail@alice',
    '`@alice`',
    '`@everyone`',
    'https://social.example/@alice',
    '```\n@alice\n```',
    '@ali',
  ]) {
    test(`does not mention alice: ${text}`, () => {
      assert(!mentions(text, { username: 'alice' }));
    });
  }

  test('mentions the members of the groups that it names', () => {
    const alice = { username: 'alice', groups: ['design'] };
    assert(mentions('see this, @Design', alice));
    assert(!mentions('see this, @designers', alice));
    assert(!mentions('see this, @design', { username: 'bob' }));
  });
});
