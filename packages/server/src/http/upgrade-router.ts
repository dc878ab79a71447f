/** Brings each upgrade to the gateway of its path; there is none for any other. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError } from '@parley/protocol';
import type { Logger } from '../ports/logger.ts';
import type { UpgradeRequest } from '../ports/upgrade-request.ts';
import { TickLimiter } from './limits/tick-limiter.ts';
import { isReadableTarget, unreadableTarget } from './request/malformed-requests.ts';
import type { RequestAuthenticator } from './request/request-authenticator.ts';
import { pathOf } from './request/token-extraction.ts';
import { rejectRaw } from './response/raw-error-response.ts';

/** Handshakes that are begun in one turn of the event loop. */
const UPGRADES_PER_TURN = 16;

export interface UpgradeGateway {
  /** Answers the request, whatever becomes of it, unless it throws a `ChatError`. */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upgradeRequest: UpgradeRequest,
  ): Promise<void>;
}

/** A list of protocols, each perhaps with its version (RFC 9110, section 7.8). */
const NAMES_WEBSOCKET = /(?:^|,)\s*websocket\s*(?:[/,]|$)/i;

/**
 * Whether a request that offers to go on in another protocol is one for a gateway. Any other
 * offer is not taken up, and the request answered as ever: Java's client offers HTTP/2 in each.
 */
export function isForGateway(
  { url, headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  paths: ReadonlySet<string>,
): boolean {
  return paths.has(pathOf(url)) || NAMES_WEBSOCKET.test(headers.upgrade ?? '');
}

export function routeUpgrades(
  server: Server,
  gateways: ReadonlyMap<string, UpgradeGateway>,
  parts: { readonly requestAuthenticator: RequestAuthenticator; readonly logger: Logger },
): void {
  const { requestAuthenticator, logger } = parts;
  const tickLimiter = new TickLimiter(UPGRADES_PER_TURN);
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', ignoreError);
    rejectRaw(socket, new ChatError('NOT_FOUND'));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', ignoreError);
    tickLimiter.run(() => {
      handOver(request, socket, head).catch((error) => {
        if (error instanceof ChatError) {
          rejectRaw(socket, error);
          return;
        }
        logger.record({ event: 'command.failed', error });
        socket.destroy();
      });
    });
  });

  async function handOver(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (!isReadableTarget(request.url)) throw unreadableTarget();
    requestAuthenticator.checkHost(request);
    const gateway = gateways.get(pathOf(request.url));
    if (gateway === undefined) throw new ChatError('NOT_FOUND');
    await gateway.handleUpgrade(
      request,
      socket,
      head,
      requestAuthenticator.upgradeRequest(request),
    );
  }
}

/**
 * A peer that is gone before it is answered: there is nobody to tell. It stays on the socket; a
 * function made for each upgrade would keep its request as long.
 */
function ignoreError(): void {}
