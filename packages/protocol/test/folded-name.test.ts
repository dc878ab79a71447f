import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { foldName, matchName, wordBeginnings } from '../src/folded-name.ts';

/** The names, the text, and how well it names them. */
const MATCHES: readonly (readonly [string, string, 0 | 1 | 2 | undefined])[] = [
  ['José Ñandú', 'jose', 0],
  ['José Ñandú', 'JOSÉ', 0],
  ['Jose Nandu', 'José', 0],
  ['José Ñandú', 'Ñandú', 1],
  ['José Ñandú', 'nandu jo', 1],
  ['José Ñandú', 'jose nan', 0],
  ['José Ñandú', 'ndu', 2],
  ['José Ñandú', 'josef', undefined],
  ['Jose\u0301 Nandu', 'josé', 0],
  ['Jo\u200bsé', 'jose', 0],
  ['jean-luc_picard', 'pic', 1],
  ['jean-luc_picard', 'jean-luc', 0],
  ['O’Brien', "o'b", 0],
  ['Søren Kierkegård', 'soren', 0],
  ['Łukasz', 'luk', 0],
  ['Straße', 'strasse', 0],
  ['İpek', 'ipek', 0],
  ['Ελένη Παπαδοπούλου', 'παπα', 1],
  ['Ελένη', 'ελενη', 0],
  ['Андрей', 'андрей', 0],
  ['عُمَر', 'عمر', 0],
  ['王小明', '小', 1],
  ['王小明', '王', 0],
  ['田中さくら', 'さくら', 1],
  ['김민수', '김', 0],
  ['Ｆｕｌｌ Ｗｉｄｔｈ', 'width', 1],
  ['Café Zürich', 'cafe', 0],
  ['Café Zürich', 'zur', 1],
  ['🎉🎉', '🎉', 0],
  ['...', '..', 0],
  ['anything', '', 0],
];

describe('names', () => {
  for (const [name, text, expected] of MATCHES) {
    test(`${JSON.stringify(text)} names ${JSON.stringify(name)}: ${expected ?? 'no'}`, () => {
      assert.equal(matchName([name], text), expected);
    });
  }

  test('are found by the best of several', () => {
    assert.equal(matchName(['zed', 'Ann Zedler'], 'zed'), 0);
    assert.equal(matchName(['x', 'Ann Zedler'], 'zed'), 1);
    assert.equal(matchName(['x', 'y'], 'zed'), undefined);
  });

  test('have a bounded number of beginnings, each of which finds them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (name) => {
        const beginnings = wordBeginnings(name);
        assert(beginnings.length <= 16);
        for (const start of beginnings) assert.notEqual(matchName([name], start), undefined);
        assert.equal(foldName(foldName(name)), foldName(name));
      }),
    );
  });
});
