import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findInjectionPattern } from '../../../src/domain/messages/script-and-sql-detector.ts';
import { ChatHarness } from '../../support/chat-harness.ts';

describe('a text that looks like an injection', () => {
  const cases: readonly [text: string, expected: string | undefined][] = [
    ['<script>alert(1)</script>', 'script'],
    ['< SCRIPT src=//evil.example>', 'script'],
    ['<img src=x onerror=alert(1)>', 'script'],
    ['<img alt="<" onerror=alert(1)>', 'script'],
    ['<x< onerror=alert(1)>', 'script'],
    ['[link](javascript:alert(1))', 'script'],
    ["' OR '1'='1", 'sql'],
    ['x" or a=a --', 'sql'],
    ['1 UNION ALL SELECT password FROM users', 'sql'],
    ["Robert'); DROP TABLE students;--", 'sql'],
    ['hello', undefined],
    ['a < b && c > d, and the script is ready', undefined],
    ['select one or the other: on = 1', undefined],
    ['the union will select a speaker', undefined],
    ['JavaScript: the good parts? <3', undefined],
  ];

  for (const [text, expected] of cases) {
    test(`is distinguished from others: ${text}`, () =>
      assert.equal(findInjectionPattern(text), expected));
  }

  test('is searched in linear time in a text that was made to slow the search down', () => {
    const length = 4_000_000;
    const pieces = ['<', '<a ', '< ', "'or ", "'or a=", '; ', 'union ', ' onaaa', '< onaaa '];
    const texts = pieces.map((piece) => piece.repeat(length / piece.length));

    for (const text of [...texts, `<${texts[5]}`, `'or ${'a'.repeat(length)}`]) {
      const before = process.cpuUsage();
      assert.equal(findInjectionPattern(text), undefined);
      // A quadratic search, or one that reads 200 characters at each place, takes seconds.
      assert(process.cpuUsage(before).user < 1_000_000, text.slice(0, 20));
    }
  });

  test('is logged without the text, and delivered unchanged', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room } = await alice.join('lobby');
    await bob.join('lobby');

    await alice.send('hello');
    await alice.send('<script>alert(1)</script>');

    const lines = harness.logger.filter(({ event }) => event === 'message.suspicious');
    assert.equal(lines.length, 1);
    const { messageId: _, ...line } = lines[0] as unknown as Record<string, unknown>;
    assert.deepEqual(line, {
      event: 'message.suspicious',
      userId: alice.connection.user.id,
      roomId: room.id,
      pattern: 'script',
    });
    assert.deepEqual(bob.messages, ['hello', '<script>alert(1)</script>']);
  });
});
