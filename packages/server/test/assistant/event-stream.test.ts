import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readEvents } from '../../src/assistant/event-stream.ts';
import { assertCheap } from '../support/costs.ts';

async function* inPieces(bytes: Buffer, cuts: readonly number[]) {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  places.sort((a, b) => a - b);
  for (const [index, start] of places.slice(0, -1).entries()) {
    yield bytes.subarray(start, places[index + 1]);
  }
}

async function eventsOf(text: string, cuts: readonly number[] = []): Promise<string[]> {
  const events: string[] = [];
  for await (const event of readEvents(inPieces(Buffer.from(text), cuts))) events.push(event);
  return events;
}

describe('an event stream', () => {
  const text =
    ': a comment\r\n\r\ndata: one\n\nevent: x\nid: 7\ndata:two\r\ndata:  zwei – 字\r\n\r\n\n\rdata: {"three":3}\r\rdata: last';
  const events = ['one', 'two\n zwei – 字', '{"three":3}', 'last'];

  test('yields the data of each event for every kind of line break', async () => {
    assert.deepEqual(await eventsOf(text), events);
  });

  test('yields the same events however its bytes are split', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(200), { maxLength: 12 }), async (cuts) => {
        assert.deepEqual(await eventsOf(text, cuts), events);
      }),
    );
  });

  test('yields a JSON object as one event, even over several lines', async () => {
    const object = '{\n  "a": "data: 1",\r\n\r\n  "b": 2\n}\n';
    const parsed = [{ a: 'data: 1', b: 2 }];
    const read = async (text: string, cuts: readonly number[] = []) =>
      (await eventsOf(text, cuts)).map((event) => JSON.parse(event));
    assert.deepEqual(await read(object), parsed);
    assert.deepEqual(await read(`\n \n ${object}`, [1, 2, 9]), parsed);
    assert.deepEqual(await eventsOf(': no\n{"a":1}\n\ndata: {"b":2}\n\n'), ['{"b":2}']);
  });

  test('skips lines of other kinds at little cost', async () => {
    const text = `${'x\n'.repeat(100_000)}data: one\n\n`;

    await assertCheap(async () => assert.deepEqual(await eventsOf(text), ['one']), 150);
  });

  test('fails if a line, an event or the stream exceeds its maximum', async () => {
    async function* endless(piece: string) {
      for (;;) yield Buffer.from(piece.repeat(1000));
    }
    for (const piece of ['data: x', 'data: x\n', 'data:\n', ': comment\n', '{', '{\n']) {
      await assert.rejects(
        async () => {
          for await (const _ of readEvents(endless(piece)));
        },
        { name: 'ModelFailure' },
      );
    }
  });
});
