import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '../../src/ops/metrics.ts';

test('messages that the bus has dropped are counted by reason, beside the difference of the clocks', async () => {
  const metrics = new Metrics(() => new Set());
  metrics.noteDroppedMessage('down');
  metrics.noteDroppedMessage('full', 3);
  metrics.noteDroppedMessage('down');

  const text = await metrics.text({
    ...{ dialectsOfConnections: () => [], userCount: () => 0, engines: () => [] },
    ...{ isStoreUp: async () => true, isBusUp: () => true, clockAheadMs: () => -1500 },
  });

  assert.match(text, /^parley_bus_dropped_messages_total\{reason="down"\} 2$/m);
  assert.match(text, /^parley_bus_dropped_messages_total\{reason="full"\} 3$/m);
  assert.match(text, /^parley_clock_ahead_seconds -1\.5$/m);
});
