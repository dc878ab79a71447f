/**
 * Authenticates upgrades of a flat dialect and creates their connections. Without a session, the
 * upgrade is completed and closed at once with 4001, because scripts in a browser cannot read the
 * HTTP status. Foreign pages are rejected over HTTP.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError, ERROR_CODES, SESSION_EXPIRED_CLOSE_CODE } from '@parley/protocol';
import { WebSocketError, WebSocketServer, type WebSocketServerOptions } from '@parley/websocket';
import { toChatError } from '../../domain/errors.ts';
import type { Identity } from '../../model/identity.ts';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import { containEncoding, recordSafely } from './error-containment.ts';
import { FlatConnection, type FlatParts } from './flat-connection.ts';
import { toEventEncoder } from './flat-dialect.ts';
import { holdConnectionSlot } from './hold-connection-slot.ts';
import { toRejection } from './reject-upgrade.ts';
import { selectProtocol } from './subprotocol.ts';

export interface FlatGatewayOptions extends Omit<FlatParts, 'dialect'> {
  /** Limits and heartbeat of the engine. */
  readonly engine: Partial<WebSocketServerOptions>;
}

export class FlatGateway {
  readonly #engine: WebSocketServer;
  readonly #parts: FlatParts;

  constructor({ engine, ...parts }: FlatGatewayOptions) {
    this.#engine = new WebSocketServer(engine);
    const dialect = containEncoding(toEventEncoder(parts.flatDialect), parts.logger);
    this.#parts = { ...parts, dialect };
    this.#engine.on('error', ({ error }: { error: unknown }) => {
      // The connection logs errors of the peer and the network.
      if (error instanceof WebSocketError) return;
      recordSafely(parts.logger, { event: 'command.failed', error });
    });
  }

  async handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upgradeRequest: UpgradeRequest,
  ): Promise<void> {
    holdConnectionSlot(upgradeRequest, socket);
    let identity: Identity | undefined;
    const connection = await this.#engine.handleUpgrade(request, socket, head, {
      selectProtocol,
      authorize: async () => {
        try {
          identity = await identify(upgradeRequest);
          return { accept: true };
        } catch (error) {
          const rejection = toChatError(error);
          this.#recordRejection(upgradeRequest, ERROR_CODES[rejection.code].status, rejection.code);
          return toRejection(rejection);
        }
      },
    });
    if (connection === undefined) return;
    if (identity === undefined) {
      this.#recordRejection(upgradeRequest, SESSION_EXPIRED_CLOSE_CODE, 'UNAUTHENTICATED');
      connection.close(SESSION_EXPIRED_CLOSE_CODE, 'Unauthorized');
      return;
    }
    const { address, userAgent } = upgradeRequest;
    new FlatConnection(connection, identity, { address, userAgent }, this.#parts);
  }

  /** Closes all connections with 1001, and waits until they are closed or the timeout expires. */
  shutdown(timeoutMs: number): Promise<void> {
    return this.#engine.shutdown(timeoutMs);
  }

  #recordRejection({ address }: UpgradeRequest, status: number, reason: string): void {
    this.#parts.logger.record({ event: 'connection.refused', address, status, reason });
  }
}

/** @throws {ChatError} FORBIDDEN, before the session is checked; UNAVAILABLE. */
async function identify(upgradeRequest: UpgradeRequest): Promise<Identity | undefined> {
  if (upgradeRequest.isOriginAllowed()) return upgradeRequest.identify();
  throw new ChatError('FORBIDDEN', { message: 'This origin may not use the server' });
}
