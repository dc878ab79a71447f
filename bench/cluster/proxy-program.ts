/** The proxy in front of the nodes, in a process of its own. */
import { ClusterProxy } from '../../scripts/cluster/proxy.ts';
import { answerRequests } from '../harness/child-program.ts';

const requests = {
  /** Resolves to the address of the proxy. */
  async start(urls: readonly string[]): Promise<string> {
    return (await ClusterProxy.start(urls)).url;
  },
};

export type ProxyRequests = typeof requests;
answerRequests(requests);
