import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceType } from '../../../src/node/admission/overload-table.ts';
import {
  LoopDelay,
  LoopUsage,
  memoryPercent,
} from '../../../src/node/admission/process-resources.ts';
import {
  type PressureChange,
  ResourceMonitor,
  type ResourceWarning,
} from '../../../src/node/admission/resource-monitor.ts';
import { OPTION_DEFAULTS, UNTRUSTED_PEERS } from '../../../src/node/options/server-options.ts';

/** A monitor with thresholds of 100 for memory, of 1,000 for blocked peers and of 95 for slots. */
function monitorOf(
  values: Partial<Record<ResourceType, number>>,
  limits = { ...OPTION_DEFAULTS, memoryThreshold: 100, maxBlockedConnections: 1_000 },
) {
  const warnings: ResourceWarning[] = [];
  const changes: PressureChange[] = [];
  const readers = {
    memory: () => values.memory ?? 0,
    cpu: () => values.cpu ?? 0,
    loopDelay: () => values.loopDelay ?? 0,
    responseTime: () => values.responseTime ?? 0,
    connections: () => values.connections ?? 0,
    bufferedBytes: () => 0,
    blockedConnections: () => values.blockedConnections ?? 0,
  };
  const monitor = new ResourceMonitor(readers, limits, {
    handleWarning: (warning) => warnings.push(warning),
    handleChange: (change) => changes.push(change),
  });
  return { monitor, warnings, changes };
}

test('the largest ratio of value to threshold is the pressure, and names the cause', () => {
  const { monitor, changes } = monitorOf({ memory: 50, blockedConnections: 900 });

  monitor.sample(0);

  assert.deepEqual(changes, [
    { level: 'ELEVATED', previous: 'NORMAL', pressure: 0.9, cause: 'blockedConnections' },
  ]);
  assert.equal(monitor.state.level, 'ELEVATED');
  assert.equal(monitor.state.pressure, 0.9);
  assert.deepEqual(
    monitor.state.resources.map(({ type, current }) => [type, current]),
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

test('each mark that a resource passes is warned of once', () => {
  const values = { memory: 85 };
  const { monitor, warnings } = monitorOf(values);

  monitor.sample(0);
  monitor.sample(5_000);
  values.memory = 100;
  monitor.sample(10_000);
  monitor.sample(15_000);

  assert.deepEqual(warnings, [
    { type: 'memory', current: 85, threshold: 100, severity: 'WARNING' },
    { type: 'memory', current: 100, threshold: 100, severity: 'CRITICAL' },
  ]);
});

test('a lack of slots is pressure, but not a scarce resource', () => {
  const { monitor } = monitorOf({ connections: 100 });

  monitor.sample(0);

  assert.equal(monitor.level, 'CRITICAL');
  assert.equal(monitor.levels.load, 'NORMAL');
});

test('a resource with a threshold of 0 is not monitored, also when that changes', () => {
  const limits = { ...OPTION_DEFAULTS, memoryThreshold: 100 };
  const { monitor } = monitorOf({ memory: 120 }, limits);
  monitor.sample(0);
  assert.equal(monitor.level, 'CRITICAL');

  Object.assign(limits, { memoryThreshold: 0 });
  monitor.sample(5_000);

  assert.equal(monitor.level, 'NORMAL');
  assert.equal(monitor.state.pressure, 0);
});

for (const [type, value] of [
  ['cpu', 100],
  ['loopDelay', 120],
  ['responseTime', 50],
  ['blockedConnections', 20_000],
] as const) {
  test(`a busy process is overloaded by its ${type} only with the limits for strangers`, () => {
    const byDefault = monitorOf({ [type]: value }, OPTION_DEFAULTS).monitor;
    const strict = monitorOf({ [type]: value }, { ...OPTION_DEFAULTS, ...UNTRUSTED_PEERS }).monitor;

    for (let each = 0; each < 6; each += 1) {
      byDefault.sample(5_000 * each);
      strict.sample(5_000 * each);
    }

    assert.deepEqual([byDefault.level, strict.level], ['NORMAL', 'CRITICAL']);
    // It is measured in any case.
    const state = byDefault.state.resources.find((each) => each.type === type);
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

test('an unreadable resource keeps its last value, and the others are sampled', () => {
  const values = { memory: 85 };
  const { monitor } = monitorOf(values);
  monitor.sample(0);
  Object.defineProperty(values, 'memory', {
    get: () => {
      throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
    },
  });
  Object.assign(values, { blockedConnections: 50 });

  monitor.sample(5_000);

  const currents = new Map(monitor.state.resources.map(({ type, current }) => [type, current]));
  assert.deepEqual([currents.get('memory'), currents.get('blockedConnections')], [85, 50]);
  assert.equal(monitor.level, 'ELEVATED');
});
