import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toMarkdown } from '../../src/imports/slack-text.ts';

const NAMES = {
  usernameOf: (key: string) => ({ U1: 'ana-b' })[key],
  roomNameOf: (key: string) => ({ C1: 'general-2' })[key],
};

const CASES: readonly (readonly [string, string])[] = [
  ['*bold* and ~gone~ and _slanted_', '**bold** and ~~gone~~ and _slanted_'],
  ['2*3*4 and a * b * c', '2*3*4 and a * b * c'],
  ['<@U1> see <#C1|general>, <@U9|otto> and <@U8>', '@ana-b see #general-2, @otto and @U8'],
  ['<!here> <!subteam^S1|@design>', '@everyone @design'],
  ['<https://a.example/?x=1&amp;y=2>', 'https://a.example/?x=1&y=2'],
  ['<https://a.example|the [plan]>', '[the  plan ](https://a.example)'],
  ['`*x* &lt;b&gt;` and ```<@U1> :tada:```', '`*x* <b>` and ```<@U1> :tada:```'],
  ['1 &lt; 2 &amp;&amp; 3', '1 < 2 && 3'],
  [':tada: :+1::skin-tone-3: :our_logo: 10:30:45', '🎉 👍 :our_logo: 10:30:45'],
];

test('the text of Slack is translated', () => {
  for (const [written, expected] of CASES) assert.equal(toMarkdown(written, NAMES), expected);
});

test('any text is translated in time that grows with its length', () => {
  const pieces = fc.constantFrom(
    '*',
    '~',
    '<',
    '>',
    '`',
    '```',
    '|',
    '@',
    ':',
    'a',
    ' ',
    '&lt;',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 200 }), (parts) => {
      assert.equal(typeof toMarkdown(parts.join(''), NAMES), 'string');
    }),
  );
});
