import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchSearch, mayHaveStem, parseSearch, searchWords } from '@parley/protocol';
import fc from 'fast-check';
import { SEARCH_LANGUAGES, type SearchLanguage, stemsIn } from '../../src/model/stems.ts';

/** Words of each language that are forms of one. */
const FORMS: Readonly<Record<SearchLanguage, readonly string[]>> = {
  da: ['bil', 'biler', 'bilen'],
  de: ['Haus', 'Häuser', 'Hausern'],
  el: ['αγορά', 'αγορές'],
  en: ['deploy', 'deploys', 'deployed', 'Deploying', 'deployment'],
  es: ['canción', 'canciones', 'cancion'],
  fi: ['talo', 'taloissa'],
  fr: ['déployer', 'déployé', 'déployées', 'deployer'],
  hu: ['ház', 'házak'],
  hy: ['քաղաք', 'քաղաքը'],
  it: ['ragazzo', 'ragazzi'],
  lt: ['namas', 'namai'],
  nl: ['huizen', 'huize'],
  no: ['bil', 'biler', 'bilen'],
  pt: ['menino', 'meninos'],
  ro: ['casa', 'case'],
  ru: ['новый', 'новая', 'нового'],
  sr: ['knjige', 'knjiga'],
  sv: ['bil', 'bilar', 'bilen'],
  tr: ['ev', 'evler', 'evlerimiz'],
  uk: ['новий', 'нова'],
};

/** The parts of a text that a search in English highlights; undefined if it does not match. */
function found(query: string, text: string): string[] | undefined {
  const stemsOf = stemsIn(['en']);
  const match = matchSearch(text, parseSearch(query, stemsOf), stemsOf);
  return match?.highlights.map(([start, end]) => text.slice(start, end));
}

/** The search, the text, and what is highlighted. */
const MATCHES: readonly (readonly [string, string, readonly string[] | undefined])[] = [
  ['deploy ', 'Deployed: it deploys', ['Deployed', 'deploys']],
  ['deploying', 'we deploy', ['deploy']],
  ['dying', 'to die', ['die']],
  ['"deploys"', 'deployed', undefined],
  ['"we deploy"', 'we deployed', undefined],
  ['re-deployed', 're deploying', ['re deploying']],
  ['deploy -deployment', 'deploys', ['deploys']],
  ['deploy -deployment', 'a deployment', undefined],
  ['news ', 'a new one', undefined],
  ['universities ', 'die Universität', undefined],
  ['东京s ', '东京', undefined],
];

describe('the stems of words', () => {
  for (const language of SEARCH_LANGUAGES) {
    test(`forms of a word share a stem: ${language}`, () => {
      const stemsOf = stemsIn([language]);
      const [first = '', ...others] = FORMS[language];
      for (const other of others) {
        assert(
          stemsOf(first).some((stem) => stemsOf(other).includes(stem)),
          `${other}: ${stemsOf(first)} and ${stemsOf(other)}`,
        );
      }
    });
  }

  for (const [query, text, expected] of MATCHES) {
    test(`'${query}' in '${text}'`, () => assert.deepEqual(found(query, text), expected));
  }

  test('the word as it is written is the better match', () => {
    const stemsOf = stemsIn(['en']);
    const score = (text: string) =>
      matchSearch(text, parseSearch('deploys ', stemsOf), stemsOf)?.score ?? 0;

    assert(score('deploys') > score('deployed'));
    assert(score('deployed') > 0);
  });

  test('words share a stem in any of several languages, and none without languages', () => {
    const stemsOf = stemsIn(['en', 'de']);

    assert.equal(
      matchSearch('Häuser', parseSearch('haus ', stemsOf), stemsOf) === undefined,
      false,
    );
    assert.equal(
      matchSearch('deploys', parseSearch('deploy ', stemsOf), stemsOf) === undefined,
      false,
    );
    assert.deepEqual(stemsIn([])('deploys'), []);
    assert.deepEqual(stemsOf('x'.repeat(41)), []);
  });

  test('property: stems are words of the index, and begin as their words do', () => {
    const stemsOf = stemsIn(SEARCH_LANGUAGES);
    const anyWord = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 44 }),
      fc.string({ unit: fc.constantFrom(...'abeinrstyäüéßйыеοςığ'), maxLength: 44 }),
    );
    fc.assert(
      fc.property(anyWord, (text) => {
        for (const { text: word, isRun, start, end } of searchWords(text)) {
          if (isRun) continue;
          for (const stem of stemsOf(text.slice(start, end))) {
            assert(mayHaveStem(word, stem), `${word}: ${stem}`);
            assert.deepEqual(
              searchWords(stem).map((each) => each.text),
              [stem],
            );
          }
        }
      }),
    );
  });
});
