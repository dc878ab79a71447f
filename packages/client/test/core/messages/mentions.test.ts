import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mentions } from '../../../src/core/messages/mentions.ts';

describe('a text', () => {
  for (const text of ['@alice', 'you, @Alice!', '(@alice)', 'hi @everyone', '@bob @alice']) {
    test(`mentions alice: ${text}`, () => {
      assert(mentions(text, 'alice'));
    });
  }
  for (const text of [
    'alice',
    '@alice-b',
    '@alicea',
    'mail@alice',
    'a.@alice',
    '@@alice',
    '@ali',
  ]) {
    test(`does not mention alice: ${text}`, () => {
      assert(!mentions(text, 'alice'));
    });
  }
});
