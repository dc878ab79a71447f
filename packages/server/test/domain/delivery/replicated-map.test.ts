/** When a node asks another one for all of its records, and when it answers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ReplicatedMap } from '../../../src/domain/delivery/replicated-map.ts';
import type { RecordsMessage } from '../../../src/model/bus-message.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const OTHER = 'other';

function openMap() {
  const clock = new FakeClock();
  const published: RecordsMessage<string>[] = [];
  const map = new ReplicatedMap<string>({
    bus: { isShared: true, isUp: true, nodeId: 'own' },
    clock,
    publish: (message) => published.push(message),
    onChange: () => {},
  });
  const change = (version: number) =>
    map.receive({ kind: 'change', version, key: `key-${version}`, value: 'value' }, OTHER);
  const answer = (version: number) => {
    const records = Array.from({ length: version }, (_, n) => [`key-${n + 1}`, 'value'] as const);
    map.receive({ kind: 'all', version, records }, OTHER);
  };
  const asks = () => published.filter(({ kind }) => kind === 'ask').length;
  return { clock, map, change, answer, asks, published };
}

describe('a map that has missed changes of another node', () => {
  test('asks once, however many changes come before the answer', () => {
    const { map, change, answer, asks } = openMap();

    for (let version = 1; version <= 100; version += 1) change(version);
    answer(100);
    change(101);

    assert.equal(asks(), 1);
    assert.equal(map.keys().size, 101);
  });

  test('asks again if there is no answer', () => {
    const { clock, change, asks } = openMap();
    change(1);

    clock.advance(1000);
    change(2);

    assert.equal(asks(), 2);
  });

  test('asks again if the answer is older than a change that came before it', () => {
    const { change, answer, asks } = openMap();
    change(1);
    change(2);

    answer(1);

    assert.equal(asks(), 2);
  });

  test('asks for nothing after changes that it has', () => {
    const { change, answer, asks } = openMap();
    answer(1);

    change(2);
    change(1);
    change(2);

    assert.equal(asks(), 0);
  });
});

describe('a map with many records', () => {
  test('answers at once, and then all nodes that ask meanwhile together', () => {
    const { clock, map, published } = openMap();
    for (let user = 0; user < 200; user += 1) map.set(`user ${user}`, 'value');
    const answers = () => published.filter(({ kind }) => kind === 'all').length;

    for (let node = 0; node < 40; node += 1) map.receive({ kind: 'ask', nodeId: undefined }, OTHER);
    assert.equal(answers(), 1);
    clock.advance(500);
    assert.equal(answers(), 2);
    clock.advance(500);
    assert.equal(answers(), 2);
  });
});
