/**
 * Test files that take long and repeat what others guard. `npm test` leaves them out; `npm test -- --all`
 * runs them, as every night, and so does a path that selects them. A file whose nightly run finds a fault
 * moves back.
 */

interface Nightly {
  /** Start of the paths of the test files. */
  readonly files: string;
  readonly why: string;
  /** The tests that guard the same promise with each change. */
  readonly guard: string;
}

export const NIGHTLY: readonly Nightly[] = [
  {
    files: 'packages/websocket/test/node/over-',
    why: 'the suites of the engine again, over TLS and slow streams',
    guard: 'packages/websocket/test/node/, over TCP',
  },
  {
    files: 'packages/websocket/test/conformance/over-',
    why: 'the cases of conformance again, over TLS and slow streams',
    guard: 'packages/websocket/test/conformance/, over TCP',
  },
  {
    files: 'tests/security/memory.test.ts',
    why: 'a hundred greedy clients fill the memory of a whole server',
    guard: 'packages/server/test/domain/delivery/client-memory-budget.test.ts',
  },
  {
    files: 'tests/cluster/redis-cluster.test.ts',
    why: 'a Redis Cluster below whole servers',
    guard: 'packages/server/test/bus/redis/cluster.test.ts',
  },
  {
    files: 'tests/package/client.test.ts',
    why: 'compiles, packs and installs the SDK, and checks its types as a stranger does',
    guard: 'tests/package/manifests.test.ts, and tests/package/websocket.test.ts for packing',
  },
  {
    files: 'tests/cluster/agreement.test.ts',
    why: 'presence, typing, reads and sessions of two whole nodes',
    guard:
      'tests/matrix/two-nodes-signals.test.ts, and tests/cluster/ended-access.test.ts for sessions',
  },
  {
    files: 'tests/cluster/socketio.test.ts',
    why: 'clients of Socket.IO that move between whole nodes',
    guard:
      'tests/proxies/nginx.test.ts, and packages/server/test/gateways/socketio/restart.test.ts',
  },
  {
    files: 'tests/workers/ended-access.test.ts',
    why: 'each end of access again, over worker processes',
    guard: 'tests/cluster/ended-access.test.ts, over nodes',
  },
  {
    files: 'tests/matrix/signals.test.ts',
    why: 'the signals of all dialects again, on one server',
    guard: 'tests/matrix/two-nodes-signals.test.ts',
  },
  {
    files: 'tests/proxies/haproxy.test.ts',
    why: 'the cases of proxies with a second proxy',
    guard: 'tests/proxies/nginx.test.ts',
  },
];

export function isNightly(path: string): boolean {
  return NIGHTLY.some(({ files }) => path.startsWith(files));
}
