import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addValue,
  EMPTY_GAUGE,
  type Gauge,
  type GaugeRules,
  highestLevel,
} from '../../../src/node/admission/resource-pressure.ts';

const PERIOD = 5_000;

/** A gauge with a threshold of 100. */
class TestGauge {
  readonly #rules: GaugeRules & { readonly threshold: number };
  state: Gauge = EMPTY_GAUGE;

  constructor(rules: GaugeRules = {}) {
    this.#rules = { threshold: 100, ...rules };
  }

  add(value: number, nowMs: number): void {
    this.state = addValue(this.state, value, this.#rules, nowMs);
  }
}

/** Adds values, one each period; returns the level after each. */
function levels(gauge: TestGauge, values: readonly number[], fromMs = 0): string[] {
  return values.map((value, index) => {
    gauge.add(value, fromMs + index * PERIOD);
    return gauge.state.level;
  });
}

test('levels begin at 80 and 100 % of the threshold', () => {
  assert.deepEqual(levels(new TestGauge(), [79, 80, 99, 100]), [
    'NORMAL',
    'ELEVATED',
    'ELEVATED',
    'CRITICAL',
  ]);
});

test('a warning may begin at another share, and ends proportionally below it', () => {
  const gauge = new TestGauge({ warningShare: 0.5 });

  assert.deepEqual(levels(gauge, [49, 50]), ['NORMAL', 'ELEVATED']);
  assert.equal(levels(gauge, Array(20).fill(44), 10_000).at(-1), 'ELEVATED');
  assert.equal(levels(gauge, Array(7).fill(43), 200_000).at(-1), 'NORMAL');
});

test('a level ends half a minute after the value fell well below it, one level at a time', () => {
  const gauge = new TestGauge();
  levels(gauge, [120]);

  assert.deepEqual(levels(gauge, Array(7).fill(89), 5_000), [
    ...Array(6).fill('CRITICAL'),
    'ELEVATED',
  ]);
  assert.deepEqual(levels(gauge, Array(7).fill(69), 100_000).slice(-2), ['ELEVATED', 'NORMAL']);
});

test('a value just below the mark keeps the level, and a relapse restarts the wait', () => {
  const gauge = new TestGauge();
  levels(gauge, [100]);

  assert.equal(levels(gauge, Array(20).fill(90), 5_000).at(-1), 'CRITICAL');
  assert.equal(levels(gauge, [80, 80, 80, 95, 80, 80, 80], 200_000).at(-1), 'CRITICAL');
});

test('if values must be sustained, a single high value changes nothing', () => {
  const gauge = new TestGauge({ sustained: 3 });

  assert.deepEqual(levels(gauge, [200, 200, 10, 200, 200, 200]), [
    ...Array(5).fill('NORMAL'),
    'CRITICAL',
  ]);
});

test('current, peak and the last ten values are reported', () => {
  const gauge = new TestGauge();

  levels(gauge, [50, 60, ...Array(9).fill(7)]);

  assert.equal(gauge.state.current, 7);
  assert.equal(gauge.state.peak, 60);
  assert.deepEqual(gauge.state.recent, [60, ...Array(9).fill(7)]);
  assert.equal(gauge.state.pressure, 0.07);
});

test('the highest of several levels is the overall level', () => {
  assert.equal(highestLevel([]), 'NORMAL');
  assert.equal(highestLevel(['NORMAL', 'CRITICAL', 'ELEVATED']), 'CRITICAL');
});
