import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  OverloadController,
  type PressureChange,
  type ResourceWarning,
} from '../../../src/node/admission/overload-controller.ts';
import type { ResourceType } from '../../../src/node/admission/overload-table.ts';
import {
  LoopDelay,
  LoopUsage,
  memoryPercent,
} from '../../../src/node/admission/process-resources.ts';
import { Instrumentation } from '../../../src/node/metrics/instrumentation.ts';
import { ProcessingTimeBaseline } from '../../../src/node/metrics/processing-time-baseline.ts';
import { OPTION_DEFAULTS, UNTRUSTED_PEERS } from '../../../src/node/options/server-options.ts';

type Values = Partial<Record<Exclude<ResourceType, 'bufferedBytes'>, number>>;

/** A controller with thresholds of 100 for memory, of 1,000 for blocked peers and of 95 for slots. */
function controllerOf(
  { mock }: TestContext,
  values: Values,
  limits = { ...OPTION_DEFAULTS, memoryThreshold: 100, maxBlockedConnections: 1_000 },
) {
  const warnings: ResourceWarning[] = [];
  const changes: PressureChange[] = [];
  // A second controller of a test reads the same values.
  mock.restoreAll();
  // The heap is far from its own limit.
  mock.method(process, 'constrainedMemory', () => 1_000);
  mock.method(process.memoryUsage, 'rss', () => 10 * (values.memory ?? 0));
  mock.method(LoopUsage.prototype, 'readPercent', () => values.cpu ?? 0);
  mock.method(LoopDelay.prototype, 'readMs', () => values.loopDelay ?? 0);
  mock.method(ProcessingTimeBaseline.prototype, 'readRatio', () => values.responseTime ?? 0);
  const stallWatchlist = {
    get backlog() {
      return { bufferedBytes: 0, blockedConnections: values.blockedConnections ?? 0 };
    },
  };
  const registry = {
    get size() {
      return ((values.connections ?? 0) * limits.maxConnections) / 100;
    },
    list: [],
  };
  const controller = new OverloadController({
    options: limits,
    registry,
    stallWatchlist,
    instrumentation: new Instrumentation(limits.clock),
    deflate: undefined,
    emit: (name: string, value: unknown) => {
      if (name === 'resourceWarning') warnings.push(value as ResourceWarning);
      else if (name === 'pressure') changes.push(value as PressureChange);
      // There is no connection that could be shed.
      else assert.equal(name, 'quality');
    },
  });
  const sample = (nowMs: number) => controller.tick(nowMs, 1_000);
  return { controller, sample, warnings, changes };
}

test('the largest ratio of value to threshold is the pressure, and names the cause', (t) => {
  const { controller, sample, changes } = controllerOf(t, { memory: 50, blockedConnections: 900 });

  sample(0);

  assert.deepEqual(changes, [
    { level: 'ELEVATED', previous: 'NORMAL', pressure: 0.9, cause: 'blockedConnections' },
  ]);
  assert.equal(controller.pressure.level, 'ELEVATED');
  assert.equal(controller.pressure.pressure, 0.9);
  assert.deepEqual(
    controller.pressure.resources.map(({ type, current }) => [type, current]),
    [
      ['memory', 50],
      ['cpu', 0],
      ['loopDelay', 0],
      ['responseTime', 0],
      ['connections', 0],
      ['bufferedBytes', 0],
      ['blockedConnections', 900],
    ],
  );
});

test('each mark that a resource passes is warned of once', (t) => {
  const values = { memory: 85 };
  const { sample, warnings } = controllerOf(t, values);

  sample(0);
  sample(5_000);
  values.memory = 100;
  sample(10_000);
  sample(15_000);

  assert.deepEqual(warnings, [
    { type: 'memory', current: 85, threshold: 100, severity: 'WARNING' },
    { type: 'memory', current: 100, threshold: 100, severity: 'CRITICAL' },
  ]);
});

test('a lack of slots is pressure, but not a scarce resource', (t) => {
  const { controller, sample } = controllerOf(t, { connections: 100 });

  sample(0);

  assert.equal(controller.levels.all, 'CRITICAL');
  assert.equal(controller.levels.load, 'NORMAL');
});

test('a resource with a threshold of 0 is not monitored, also when that changes', (t) => {
  const limits = { ...OPTION_DEFAULTS, memoryThreshold: 100 };
  const { controller, sample } = controllerOf(t, { memory: 120 }, limits);
  sample(0);
  assert.equal(controller.levels.all, 'CRITICAL');

  Object.assign(limits, { memoryThreshold: 0 });
  sample(5_000);

  assert.equal(controller.levels.all, 'NORMAL');
  assert.equal(controller.pressure.pressure, 0);
});

for (const [type, value] of [
  ['cpu', 100],
  ['loopDelay', 120],
  ['responseTime', 50],
  ['blockedConnections', 20_000],
] as const) {
  test(`a busy process is overloaded by its ${type} only with the limits for strangers`, (t) => {
    const byDefault = controllerOf(t, { [type]: value }, OPTION_DEFAULTS);
    const strict = controllerOf(t, { [type]: value }, { ...OPTION_DEFAULTS, ...UNTRUSTED_PEERS });

    for (let each = 0; each < 6; each += 1) {
      byDefault.sample(5_000 * each);
      strict.sample(5_000 * each);
    }

    assert.deepEqual(
      [byDefault, strict].map(({ controller }) => controller.levels.all),
      ['NORMAL', 'CRITICAL'],
    );
    // It is measured in any case.
    const state = byDefault.controller.pressure.resources.find((each) => each.type === type);
    assert.deepEqual([state?.current, state?.peak, state?.pressure], [value, value, 0]);
  });
}

test('memory and loop usage are shares of the available amount', () => {
  assert(memoryPercent() > 0 && memoryPercent() < 100);
  const percent = new LoopUsage().readPercent();
  assert(percent >= 0 && percent <= 100, String(percent));
});

test('the delay of the loop is the mean lateness of ticks, and a pause does not count', () => {
  const delay = new LoopDelay();
  for (const nowMs of [0, 1_000, 2_100, 3_100]) delay.tick(nowMs, 1_000);

  assert.equal(Math.round(delay.readMs()), 33);
  assert.equal(delay.readMs(), 0);

  delay.stop();
  delay.tick(500_000, 1_000);
  assert.equal(delay.readMs(), 0);
});

test('an unreadable resource keeps its last value, and the others are sampled', (t) => {
  const values = { memory: 85 };
  const { controller, sample } = controllerOf(t, values);
  sample(0);
  Object.defineProperty(values, 'memory', {
    get: () => {
      throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
    },
  });
  Object.assign(values, { blockedConnections: 50 });

  sample(5_000);

  const currents = new Map(
    controller.pressure.resources.map(({ type, current }) => [type, current]),
  );
  assert.deepEqual([currents.get('memory'), currents.get('blockedConnections')], [85, 50]);
  assert.equal(controller.levels.all, 'ELEVATED');
});
