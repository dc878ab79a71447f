/** The configurations of proxies in `ops/` keep idle connections open between the pings of the server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadConfig } from '../../packages/server/src/config/load-config.ts';

const OPS = join(import.meta.dirname, '../../ops');
/** Time limits of silent connections. */
const LIMITS = [
  ['nginx.conf', 'proxy_read_timeout'],
  ['nginx.conf', 'proxy_send_timeout'],
  ['haproxy.cfg', 'timeout client'],
  ['haproxy.cfg', 'timeout server'],
  ['haproxy.cfg', 'timeout tunnel'],
] as const;
const INTERVALS = ['HEARTBEAT_INTERVAL_MS', 'SOCKETIO_PING_INTERVAL_MS'] as const;

const DEFAULTS = loadConfig({ flags: {}, environment: {}, envFile: {} }).values;

describe('an idle connection', () => {
  for (const [file, limit] of LIMITS) {
    test(`may be silent for two intervals between pings: ${limit} of ${file}`, () => {
      const text = readFileSync(join(OPS, file), 'utf8');
      // Every value of it, in whichever section.
      const seconds = [...text.matchAll(new RegExp(`^\\s*${limit}\\s+(\\S+?)s;?$`, 'gm'))];
      assert(seconds.length > 0);
      for (const [, value] of seconds) {
        for (const interval of INTERVALS) {
          assert(Number(value) * 1000 > 2 * DEFAULTS[interval], `${value} s, ${interval}`);
        }
      }
    });
  }

  test('is pinged at the default intervals by the nodes of the compose file', () => {
    const text = readFileSync(join(OPS, 'compose.yaml'), 'utf8');
    for (const interval of INTERVALS) assert(!text.includes(interval));
  });
});
