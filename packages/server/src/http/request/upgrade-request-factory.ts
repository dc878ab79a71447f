/** Makes the `UpgradeRequest` of an HTTP upgrade, by which the gateways admit it. */
import type { IncomingMessage } from 'node:http';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import type { ChatConnectionLimiter } from '../limits/chat-connection-limiter.ts';
import { networkOf } from '../limits/network-of.ts';
import { userAgentOf } from './client-info.ts';
import type { RequestAuthenticator } from './request-authenticator.ts';
import type { RequestGuard } from './request-guard.ts';

interface UpgradeRequestFactoryDependencies {
  readonly requestGuard: Pick<RequestGuard, 'clientInfoOf' | 'isOriginAllowed'>;
  readonly requestAuthenticator: Pick<
    RequestAuthenticator,
    'admit' | 'upgradeIdentifierOf' | 'identify' | 'credentialDigestsOf'
  >;
  readonly connectionLimiter: Pick<ChatConnectionLimiter, 'acquire'>;
}

export function upgradeRequestFactory({
  requestGuard,
  requestAuthenticator,
  connectionLimiter,
}: UpgradeRequestFactoryDependencies): (request: IncomingMessage) => UpgradeRequest {
  return (request) => {
    const { address } = requestGuard.clientInfoOf(request);
    return {
      address,
      userAgent: userAgentOf(request),
      acquireSlot: slotAcquirer(connectionLimiter, address),
      isOriginAllowed: () => requestGuard.isOriginAllowed(request),
      identify: requestAuthenticator.upgradeIdentifierOf(request),
      sender: () => ({
        credentials: requestAuthenticator.credentialDigestsOf(request),
        network: networkOf(address),
        program: request.headers['user-agent'],
        identify: () => {
          requestAuthenticator.admit(request, { isForTokens: true });
          return requestAuthenticator.identify(request);
        },
      }),
    };
  };
}

/** Refers only to the address, not to the request: the function may be kept for a long time. */
function slotAcquirer(
  connectionLimiter: UpgradeRequestFactoryDependencies['connectionLimiter'],
  address: string,
): UpgradeRequest['acquireSlot'] {
  return () => connectionLimiter.acquire(address);
}
