/** Connections that are open and silent. */
import type { LoadStart } from './load.ts';
import { openPeers } from './peer.ts';

export const startIdle: LoadStart = async (options, onError) => {
  const peers = await openPeers(options.connections, options, onError);
  return {
    get count() {
      return peers.length;
    },
  };
};
