import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Extension, negotiateExtensions } from '../../src/protocol/extension-negotiator.ts';

const deflate: Extension = {
  name: 'deflate',
  reservedBits: 0x40,
  accept: (parameters) => (parameters.some(({ name }) => name === 'bad') ? undefined : parameters),
};
const shrink: Extension = { name: 'shrink', reservedBits: 0x40, accept: () => [] };
const stamp: Extension = { name: 'stamp', reservedBits: 0x20, accept: () => [{ name: 'utc' }] };

const offer = (name: string, ...parameters: string[]) => ({
  name,
  parameters: parameters.map((each) => ({ name: each })),
});

test('without own extensions, nothing is negotiated', () => {
  const agreement = negotiateExtensions([offer('deflate')], []);

  assert.deepEqual(agreement, { header: undefined, agreed: [], reservedBits: 0 });
});

test('an extension that was not offered is not negotiated', () => {
  assert.equal(negotiateExtensions([offer('other')], [deflate]).header, undefined);
});

test('the server decides the order', () => {
  const agreement = negotiateExtensions([offer('stamp'), offer('deflate')], [deflate, stamp]);

  assert.deepEqual(agreement, {
    header: 'deflate, stamp; utc',
    agreed: [offer('deflate'), offer('stamp', 'utc')],
    reservedBits: 0x60,
  });
});

test('the first acceptable one of several offers is accepted', () => {
  const offers = [offer('deflate', 'bad'), offer('deflate', 'good'), offer('deflate')];

  assert.equal(negotiateExtensions(offers, [deflate]).header, 'deflate; good');
});

test('two extensions never share a reserved bit', () => {
  const agreement = negotiateExtensions([offer('shrink'), offer('deflate')], [deflate, shrink]);

  assert.equal(agreement.header, 'deflate');
});
