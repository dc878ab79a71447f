/** Routes each upgrade to the gateway of its path; rejects all other paths. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError } from '@parley/protocol';
import { requestPath } from '@parley/websocket/http';
import type { Logger } from '../ports/logger.ts';
import type { UpgradeRequest } from '../ports/upgrade-request.ts';
import { TickLimiter } from './limits/tick-limiter.ts';
import type { RequestGuard } from './request/request-guard.ts';
import { isReadableTarget, unreadableTarget } from './response/malformed-requests.ts';
import { rejectRaw } from './response/raw-error-response.ts';

/** Handshakes that start in one turn of the event loop. */
const UPGRADES_PER_TURN = 16;

export interface UpgradeGateway {
  /** Answers the request in every case, unless it throws a `ChatError`. */
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upgradeRequest: UpgradeRequest,
  ): Promise<void>;
}

/** Matches a list of protocols with optional versions (RFC 9110, section 7.8). */
const NAMES_WEBSOCKET = /(?:^|,)\s*websocket\s*(?:[/,]|$)/i;

/**
 * Whether an upgrade request is for a gateway. Other upgrades are ignored and the request is
 * answered over HTTP: Java's HTTP client offers HTTP/2 in every request.
 */
export function isForGateway(
  { url, headers }: Pick<IncomingMessage, 'url' | 'headers'>,
  paths: ReadonlySet<string>,
): boolean {
  return paths.has(requestPath(url)) || NAMES_WEBSOCKET.test(headers.upgrade ?? '');
}

export function routeUpgrades(
  server: Server,
  gateways: ReadonlyMap<string, UpgradeGateway>,
  dependencies: {
    readonly requestGuard: Pick<RequestGuard, 'checkHost'>;
    readonly toUpgradeRequest: (request: IncomingMessage) => UpgradeRequest;
    readonly logger: Logger;
  },
): void {
  const { requestGuard, toUpgradeRequest, logger } = dependencies;
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
    requestGuard.checkHost(request);
    const gateway = gateways.get(requestPath(request.url));
    if (gateway === undefined) throw new ChatError('NOT_FOUND');
    await gateway.handleUpgrade(request, socket, head, toUpgradeRequest(request));
  }
}

/**
 * Ignores that the peer disconnected before it was answered. The listener stays on the socket; a
 * closure created per upgrade would keep its request in memory for as long.
 */
function ignoreError(): void {}
