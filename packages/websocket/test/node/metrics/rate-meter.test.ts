import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateMeter } from '../../../src/node/metrics/instrumentation.ts';

test('reports the increase since the last sample, per second', () => {
  const meter = new RateMeter();

  meter.sample(100, 5_000);
  assert.equal(meter.perSecond, 0);
  meter.sample(160, 7_000);

  assert.equal(meter.perSecond, 30);
});

test('samples that come faster than once a second change nothing', () => {
  const meter = new RateMeter();
  meter.sample(0, 0);
  meter.sample(10, 1_000);

  meter.sample(500, 1_999);
  assert.equal(meter.perSecond, 10);
  meter.sample(510, 2_000);

  assert.equal(meter.perSecond, 500);
});

test('while sampling is stopped the rate is 0, and increments meanwhile cause no burst', () => {
  const meter = new RateMeter();
  meter.sample(0, 0);
  meter.sample(10, 1_000);

  meter.stop();
  assert.equal(meter.perSecond, 0);
  meter.sample(1_000, 60_000);

  assert.equal(meter.perSecond, 0);
});
