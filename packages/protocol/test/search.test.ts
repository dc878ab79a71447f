import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { matchSearch } from '../src/search/search-match.ts';
import { parseSearch } from '../src/search/search-query.ts';
import { searchWords } from '../src/search/search-words.ts';

/** The parts of a text that a search highlights; undefined if the text does not match. */
function found(query: string, text: string): string[] | undefined {
  return matchSearch(text, parseSearch(query))?.highlights.map(([start, end]) =>
    text.slice(start, end),
  );
}

/** The search, the text, and what is highlighted. */
const MATCHES: readonly (readonly [string, string, readonly string[] | undefined])[] = [
  ['release', 'The release is out', ['release']],
  ['RELEASE', 'the Release', ['Release']],
  ['rel', 'the Release', ['Release']],
  ['re', 'the Release', undefined],
  ['rel ', 'the Release', ['Release']],
  ['rel out', 'Release out', ['Release', 'out']],
  ['회의 내일', '회의를 내일 오후에', ['회의를', '내일']],
  ['rechnung prüfen', 'Rechnungen prüfen', ['Rechnungen', 'prüfen']],
  ['invoicesh from:me', 'invoicesheet', ['invoicesheet']],
  ['on-cal out', 'on-call is out', ['on-call', 'out']],
  ['"rel" out', 'Release out', undefined],
  ['re out', 'Release out', undefined],
  ['out -rel', 'Release out', ['out']],
  ['out release', 'release is out', ['release', 'out']],
  ['cafe', 'Café Zürich', ['Café']],
  ['Zürich', 'zurich', ['zurich']],
  ['strasse', 'die Straße', ['Straße']],
  ['jose', 'Jose\u0301!', ['Jose\u0301']],
  ['андрей', 'Андрей пишет', ['Андрей']],
  ['عمر', 'عُمَر', ['عُمَر']],
  ['검', '검색 결과', ['검색']],
  ['"on call"', 'who is on call?', ['on call']],
  ['"on call"', 'on the call', undefined],
  ['"on call', 'on call', ['on call']],
  ['on-call', 'the on call team', ['on call']],
  ["don't", 'I don’t know', ['don’t']],
  ['temperature -5', 'temperature -5 outside', ['temperature', '5']],
  ['git push --force', 'git push --force origin', ['git', 'push', 'force']],
  ['loss -$5 -.5', 'loss $5 and .5', ['loss', '5', '5']],
  ['release -beta', 'release beta', undefined],
  ['release -beta', 'release final', ['release']],
  ['release -"release candidate"', 'the release candidate', undefined],
  ['东京', '我们去东京吧', ['东京']],
  ['东', '我们去东京吧', ['东']],
  ['京', '我们去东京', ['京']],
  ['京东', '东京', undefined],
  ['カタカナ', 'ﾃｽﾄ ｶﾀｶﾅ', ['ｶﾀｶﾅ']],
  ['ガ', 'ｶﾞ', ['ｶﾞ']],
  ['ประเทศ', 'ในประเทศไทย', ['ประเทศ']],
  ['iPhone手机', '买了iphone手机壳', ['iphone手机']],
  ['🎉', 'done 🎉', ['🎉']],
  ['a a', 'a b a', ['a', 'a']],
  ['from:ana', 'anything', []],
];

describe('the search of texts', () => {
  for (const [query, text, expected] of MATCHES) {
    test(`'${query}' in '${text}'`, () => assert.deepEqual(found(query, text), expected));
  }

  test('reads operators, quoted values, phrases and excluded words', () => {
    const query = parseSearch(
      'from:ana FROM:@ben in:"Release team" before:2026-11-01 after: has:link -draft "exact phrase" wor',
    );

    assert.deepEqual(query.from, ['ana', '@ben']);
    assert.deepEqual(query.in, ['Release team']);
    assert.deepEqual([query.before, query.after, query.has], [['2026-11-01'], [], ['link']]);
    const texts = (phrases: typeof query.phrases) =>
      phrases.map(({ words, isPrefix }) => [words.map(({ text }) => text).join(' '), isPrefix]);
    assert.deepEqual(texts(query.excluded), [['draft', false]]);
    assert.deepEqual(texts(query.phrases), [
      ['exact phrase', false],
      ['wor', true],
    ]);
  });

  test('each phrase is in the text or in another text of the message, such as a name of a file', () => {
    const others = ['Budget-2027 final.pdf', 'chart of sales'];
    const match = (query: string) => matchSearch('see this', parseSearch(query), undefined, others);

    assert.deepEqual(match('sales see'), {
      ...{ highlights: [[0, 3]], others: [{ text: 'chart of sales', highlights: [[9, 14]] }] },
      score: match('sales see')?.score,
    });
    assert.equal(match('"budget-2027" pdf')?.others[0]?.highlights.length, 2);
    assert.equal(match('this chart -final'), undefined);
    assert.equal(match('"this Budget"'), undefined);
    assert.deepEqual(match('see')?.others, []);
  });

  test('a better match has the higher score', () => {
    const score = (text: string) => matchSearch(text, parseSearch('deploy'))?.score ?? 0;

    assert(score('deploy') > score('deployment'));
    assert(score('deploy and deploy') > score('deploy and wait'));
    assert(score('deploy') > score('a long text that has deploy among many other words'));
  });

  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({
      unit: fc.constantFrom('a', 'B', 'é', '-', '"', ':', ' ', '东', 'か', '゙', 'ไ', 'ß'),
    }),
  );

  test('property: every text is a query, and finds itself', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const query = parseSearch(text);
        if (query.phrases.length === 0 || query.excluded.length > 0) return;
        if (Object.values(query).flat().length > query.phrases.length) return;
        assert(matchSearch(text, query) !== undefined);
      }),
    );
  });

  test('property: highlights are in order, apart, inside the text, and on whole characters', () => {
    fc.assert(
      fc.property(anyText, anyText, (text, query) => {
        const { highlights = [] } = matchSearch(text, parseSearch(query)) ?? {};
        let last = 0;
        for (const [start, end] of highlights) {
          assert(last <= start && start < end && end <= text.length);
          if (text.isWellFormed()) assert(text.slice(start, end).isWellFormed());
          last = end;
        }
      }),
    );
  });

  test('property: words are folded once, and have their places', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let last = 0;
        for (const { text: word, start, end } of searchWords(text)) {
          assert(last <= start && start < end && end <= text.length);
          assert.match(word, /^[^\s"':&|*()]+$/u);
          last = end;
        }
      }),
    );
  });

  test('reads a long text to its end, also for excluded words', () => {
    const text = `begin ${'x '.repeat(50_000)} end`;
    assert.deepEqual(found('end', text), ['end']);
    assert.equal(found('begin -end', text), undefined);
    assert.equal(searchWords('😀'.repeat(10_000)).length, 10_000);
  });
});
