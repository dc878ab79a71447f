/** Connections that are open and silent. */
import type { LoadStart } from './load.ts';
import { openPeers } from './peer.ts';

export const startIdle: LoadStart = async (terms, handleFault) => {
  const peers = await openPeers(terms.connections, terms, handleFault);
  return {
    get count() {
      return peers.length;
    },
  };
};
