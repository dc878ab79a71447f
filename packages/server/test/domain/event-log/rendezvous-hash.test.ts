import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseNode } from '../../../src/domain/event-log/rendezvous-hash.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';

const NODES = ['a', 'b', 'c', 'd'];
const keys = Array.from({ length: 4000 }, () => systemCrypto.newId());

describe('rendezvous hashing', () => {
  test('chooses the same node in whatever order the nodes are listed', () => {
    for (const key of keys.slice(0, 200)) {
      assert.equal(chooseNode(key, NODES), chooseNode(key, NODES.toReversed()));
    }
  });

  test('chooses none of no nodes', () => {
    assert.equal(chooseNode('key', []), undefined);
  });

  test('gives each node about the same share of the keys', () => {
    for (const ids of [NODES, NODES.map(() => systemCrypto.newRandomId())]) {
      const counts = new Map<string | undefined, number>();
      for (const key of keys) {
        const node = chooseNode(key, ids);
        counts.set(node, (counts.get(node) ?? 0) + 1);
      }
      for (const id of ids) {
        const share = (counts.get(id) ?? 0) / keys.length;
        assert(share > 0.2 && share < 0.3, `${share}`);
      }
    }
  });

  test('moves only the keys of a node that goes', () => {
    for (const key of keys) {
      const before = chooseNode(key, NODES);
      const after = chooseNode(key, ['a', 'b', 'c']);
      if (before !== 'd') assert.equal(after, before);
    }
  });
});
