import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFormattedText, toPlainText } from '@parley/client';
import { quoteOf } from '../../src/conversation/quote-of.ts';

test('a message is quoted with its author and a link, and stays one quote', () => {
  const content = '- one\n\n> two\n```\ncode\n```';
  const address = 'https://chat.example/app/rooms/r/messages/7';
  const quote = quoteOf({ sender: 'bob', content, time: 'Jan 31, 12:00', address });
  assert.equal(
    quote,
    `> **bob**, [Jan 31, 12:00](${address})\n> - one\n>\n> > two\n> \`\`\`\n> code\n> \`\`\`\n`,
  );
  assert.deepEqual(
    parseFormattedText(quote).map(({ kind }) => kind),
    ['quote'],
  );
  assert.equal(toPlainText(quote), 'bob, Jan 31, 12:00 one two code');
});
