import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ReplicatedMap } from '../../../src/domain/delivery/replicated-map.ts';
import type { RecordsMessage } from '../../../src/model/bus-message.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const LEASE_MS = 15_000;

/** Nodes whose messages reach each other at once, unless a test drops them. */
function withNodes(...names: string[]) {
  const clock = new FakeClock();
  const network = { isDropping: false };
  const nodes = new Map<string, ReplicatedMap<string>>();
  const changes: string[] = [];
  for (const name of names) {
    const publish = (message: RecordsMessage<string>) => {
      if (network.isDropping) return;
      for (const [other, records] of nodes) if (other !== name) records.receive(message, name);
    };
    const bus = { isShared: true, isUp: true, nodeId: name };
    const onChange = ({
      key,
      before = '-',
      after = '-',
    }: {
      key: string;
      before?: string | undefined;
      after?: string | undefined;
    }) => changes.push(`${name}: ${key} ${before} ${after}`);
    nodes.set(name, new ReplicatedMap<string>({ bus, clock, publish, onChange }));
  }
  const node = (name: string): ReplicatedMap<string> => {
    const found = nodes.get(name);
    assert(found !== undefined);
    return found;
  };
  return { clock, network, changes, node };
}

describe('records of several nodes', () => {
  test('reach the other nodes when they change', () => {
    const { node, changes } = withNodes('a', 'b');
    node('a').set('x', '1');
    node('a').set('x', '2');
    node('a').set('x', undefined);
    assert.deepEqual(changes, ['b: x - 1', 'b: x 1 2', 'b: x 2 -']);
    assert.equal(node('b').has('x'), false);
  });

  test('are asked for after a missed change', () => {
    const { node, network } = withNodes('a', 'b');
    node('a').set('x', '1');
    network.isDropping = true;
    node('a').set('y', '2');
    node('a').set('x', undefined);
    network.isDropping = false;
    node('a').assert();
    assert.deepEqual([...node('b').keys()], ['y']);
  });

  test('of two nodes are kept apart under one key', () => {
    const { node } = withNodes('a', 'b', 'c');
    node('a').set('x', 'of a');
    node('b').set('x', 'of b');
    node('a').set('x', undefined);
    assert.deepEqual(node('c').of('x'), ['of b']);
  });

  test('expire when their node is silent for the lease', () => {
    const { node, clock, network, changes } = withNodes('a', 'b');
    node('a').set('x', '1');
    network.isDropping = true;
    clock.advance(LEASE_MS - 1);
    node('b').checkOthers();
    assert.equal(node('b').has('x'), true);
    clock.advance(1);
    node('b').checkOthers();
    assert.deepEqual(changes, ['b: x - 1', 'b: x 1 -']);
  });

  test('come back when the silent node is received again', () => {
    const { node, clock, network } = withNodes('a', 'b');
    node('a').set('x', '1');
    network.isDropping = true;
    clock.advance(LEASE_MS);
    node('b').checkOthers();
    network.isDropping = false;
    node('a').assert();
    assert.deepEqual(node('b').of('x'), ['1']);
  });

  test('are not replaced by an older state', () => {
    const { node, changes } = withNodes('a', 'b');
    node('a').set('x', '1');
    node('a').set('x', '2');
    node('b').receive({ kind: 'all', version: 1, records: [['x', '1']] }, 'a');
    node('b').receive({ kind: 'change', version: 1, key: 'x', value: '1' }, 'a');
    assert.deepEqual(changes, ['b: x - 1', 'b: x 1 2']);
  });
});
