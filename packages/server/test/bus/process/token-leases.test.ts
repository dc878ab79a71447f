import { openProcessTokenLeases, TokenLeaseHost } from '../../../src/bus/process/token-leases.ts';
import { testTokenLeasesContract } from '../../contracts/token-leases.ts';
import { openChannelPair } from '../../support/channel-pair.ts';
import { FakeClock } from '../../support/fake-clock.ts';

testTokenLeasesContract('between processes', () => {
  const clock = new FakeClock();
  const host = new TokenLeaseHost(clock);
  const connect = () => {
    const { primary, worker } = openChannelPair();
    host.serve(primary);
    return openProcessTokenLeases(worker);
  };
  return {
    nodes: [connect(), connect()],
    passTime: (ms) => clock.advance(ms),
    close: () => {},
  };
});
