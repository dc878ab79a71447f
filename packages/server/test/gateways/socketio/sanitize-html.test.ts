/** Hostile texts as Socket.IO clients receive them. The deadline catches work that grows quadratically. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toHistory } from '../../../src/gateways/socketio/encode.ts';
import { sanitise } from '../../../src/gateways/socketio/sanitize-html.ts';
import { message, newRoomId } from '../../support/records.ts';

const SHAPES = [
  '<',
  '<a',
  '<a <a',
  '&',
  '<!--',
  '<b>',
  '<x>',
  '<svg>',
  '<script>',
  '<a b>',
  '</p>',
  '<a href="',
];
/** Each is scanned as markup: after a tag, and before a tag that never ends. */
const textOf = (shape: string, length: number): string =>
  `<i>${shape.repeat(length / shape.length)}<img src=x onerror=alert(1) `;
const ALLOWED = /<\/?(?:a|b|i|p)(?: href="[^"<>]*")?>/g;

describe('sanitizing', () => {
  for (const shape of SHAPES) {
    test(`leaves no harmful tag of many ${shape}`, () => {
      for (const length of [10, 1000, 10_000, 1_000_000]) {
        for (const text of [textOf(shape, length), `${textOf(shape, length)}>`]) {
          const [first] =
            sanitise(text)
              .replaceAll(ALLOWED, '')
              .match(/<.{0,20}/) ?? [];
          assert.equal(first, undefined, `${length}`);
        }
      }
    });
  }

  test('escapes a text with more markup than a message needs, and keeps markup below that', () => {
    assert.equal(sanitise('<b>x</b>'.repeat(250)), '<b>x</b>'.repeat(250));
    assert.equal(sanitise('<b></b>'.repeat(285)), '<b></b>'.repeat(285));
    assert.equal(sanitise('<b></b>'.repeat(286)), '&lt;b>&lt;/b>'.repeat(286));
    assert.equal(sanitise(`<b>x</b>${'&lt;'.repeat(700)}`), `&lt;b>x&lt;/b>${'&lt;'.repeat(700)}`);
    assert.equal(sanitise('<b>hi</b> a < b'), '<b>hi</b> a &lt; b');
  });

  test('returns a page of 200 messages of tags only', () => {
    const roomId = newRoomId();
    const page = Array.from({ length: 200 }, (_, n) =>
      message({ roomId, sequence: n, content: '<b>'.repeat(3333) }),
    );

    const { messages } = toHistory(roomId, { messages: page, hasMore: false });

    const contents = messages.map((each) => (each as { content: string }).content);
    assert.equal(contents.length, 200);
    assert.deepEqual(new Set(contents), new Set(['&lt;b>'.repeat(3333)]));
  });
});
