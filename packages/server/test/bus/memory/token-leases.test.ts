import { openMemoryTokenLeases } from '../../../src/bus/memory/token-leases.ts';
import { testTokenLeasesContract } from '../../contracts/token-leases.ts';
import { FakeClock } from '../../support/fake-clock.ts';

testTokenLeasesContract('in memory', () => {
  const clock = new FakeClock();
  const leases = openMemoryTokenLeases(clock);
  return { nodes: [leases, leases], passTime: (ms) => clock.advance(ms), close: () => {} };
});
