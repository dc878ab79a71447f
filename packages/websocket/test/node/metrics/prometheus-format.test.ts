import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrometheus, WebSocketServer } from '../../../src/index.ts';

test('counters, labels and histograms are formatted as Prometheus reads them', () => {
  const text = formatPrometheus([
    {
      name: 'websocket_errors_total',
      kind: 'counter',
      help: 'Errors\nby \\ kind',
      samples: [{ labels: { category: 'a "b" \\ c' }, value: 2 }],
    },
    {
      name: 'websocket_message_size_bytes',
      kind: 'histogram',
      help: 'Sizes',
      samples: [],
      histogram: {
        buckets: [
          { bound: 64, count: 1 },
          { bound: Number.POSITIVE_INFINITY, count: 2 },
        ],
        percentiles: { 50: 64, 95: 100, 99: 100 },
        sum: 100,
        count: 2,
      },
    },
  ]);

  assert.equal(
    text,
    `# HELP websocket_errors_total Errors\\nby \\\\ kind
# TYPE websocket_errors_total counter
websocket_errors_total{category="a \\"b\\" \\\\ c"} 2
# HELP websocket_message_size_bytes Sizes
# TYPE websocket_message_size_bytes histogram
websocket_message_size_bytes_bucket{le="64"} 1
websocket_message_size_bytes_bucket{le="+Inf"} 2
websocket_message_size_bytes_sum 100
websocket_message_size_bytes_count 2
`,
  );
});

test('all metrics of a server have a type, a help text and values that are numbers', () => {
  const lines = formatPrometheus(new WebSocketServer().metrics.collect()).trim().split('\n');

  for (const line of lines) assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e+-]+)$/);
});
