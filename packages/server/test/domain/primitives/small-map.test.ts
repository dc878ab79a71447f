import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SmallMap } from '../../../src/domain/primitives/small-map.ts';
import { SmallSet } from '../../../src/domain/primitives/small-set.ts';

describe('SmallMap', () => {
  test('behaves like a Map with any content', () => {
    const small = new SmallMap<string, number>();
    const plain = new Map<string, number>();
    const steps: [kind: 'set' | 'delete', key: string][] = [
      ['delete', 'a'],
      ['set', 'a'],
      ['set', 'a'],
      ['set', 'b'],
      ['delete', 'c'],
      ['delete', 'a'],
      ['set', 'b'],
      ['set', 'c'],
      ['set', 'd'],
      ['delete', 'c'],
      ['delete', 'd'],
      ['delete', 'b'],
      ['delete', 'b'],
      ['set', 'e'],
    ];

    for (const [index, [kind, key]] of steps.entries()) {
      if (kind === 'delete') assert.equal(small.delete(key), plain.delete(key));
      else {
        small.set(key, index);
        plain.set(key, index);
      }
      assert.equal(small.size, plain.size);
      assert.deepEqual([...small], [...plain]);
      assert.deepEqual(small.keys(), [...plain.keys()]);
      assert.deepEqual(small.values(), [...plain.values()]);
      for (const each of ['a', 'b', 'c', 'd', 'e']) {
        assert.equal(small.get(each), plain.get(each));
        assert.equal(small.has(each), plain.has(each));
      }
    }
    small.clear();
    assert.deepEqual([small.size, small.entries()], [0, []]);
  });

  test('keeps undefined as a value', () => {
    const small = new SmallMap<string, undefined>();
    small.set('a', undefined);

    assert.deepEqual(
      [small.size, small.has('a'), small.delete('a'), small.size],
      [1, true, true, 0],
    );
  });

  test('can be changed during iteration', () => {
    const small = new SmallMap<number, number>();
    for (const each of [1, 2, 3]) small.set(each, each);

    for (const [key] of small) small.delete(key);

    assert.equal(small.size, 0);
  });
});

describe('SmallSet', () => {
  test('holds each value once, in insertion order', () => {
    const set = new SmallSet<string>();
    for (const each of ['b', 'a', 'b', 'c']) set.add(each);

    assert.deepEqual([...set], ['b', 'a', 'c']);
    assert.deepEqual(
      [set.delete('b'), set.delete('b'), set.has('b'), set.size],
      [true, false, false, 2],
    );
  });
});
