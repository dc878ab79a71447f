/** The native dialect at `/ws`: authenticates upgrades and creates their connections. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ChatError, ERROR_CODES } from '@parley/protocol';
import type { WebSocketServerOptions } from '@parley/websocket';
import { type Admission, prepareFrame, WebSocketError, WebSocketServer } from '@parley/websocket';
import { toChatError } from '../../domain/errors.ts';
import type { Identity } from '../../model/identity.ts';
import type { EventEncoder } from '../../ports/client-transport.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UpgradeRequest } from '../../ports/upgrade-request.ts';
import { containEncoding, recordSafely } from '../common/error-containment.ts';
import { holdConnectionSlot } from '../common/hold-connection-slot.ts';
import { toRejection } from '../common/reject-upgrade.ts';
import { selectProtocol } from '../common/subprotocol.ts';
import { encodeEvent } from './encode.ts';
import { NativeConnection, type NativeParts } from './native-connection.ts';

export interface NativeGatewayOptions extends Omit<NativeParts, 'dialect'> {
  /** Limits and heartbeat of the engine. */
  readonly engine: Partial<WebSocketServerOptions>;
}

export class NativeGateway {
  readonly #engine: WebSocketServer;
  readonly #parts: NativeParts;
  /** Requests under authentication, so that rejections of the engine can be logged with an address. */
  readonly #upgradeRequests = new WeakMap<IncomingMessage, UpgradeRequest>();

  constructor({ engine, ...parts }: NativeGatewayOptions) {
    this.#engine = new WebSocketServer(engine);
    const dialect = containEncoding(nativeEncoder(parts.clock), parts.logger);
    this.#parts = { ...parts, dialect };
    this.#engine.on('error', ({ error }: { error: unknown }) => {
      // The connection logs errors of the peer and the network.
      if (error instanceof WebSocketError) return;
      recordSafely(parts.logger, { event: 'command.failed', error });
    });
    this.#engine.on('upgradeRefused', ({ reason, status }, request) => {
      const upgradeRequest = this.#upgradeRequests.get(request);
      // Rejections by `authorize` are logged there, with the reason.
      if (upgradeRequest === undefined || reason === 'authorize') return;
      const { address } = upgradeRequest;
      parts.logger.record({ event: 'connection.refused', address, status, reason });
    });
  }

  async handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    upgradeRequest: UpgradeRequest,
  ): Promise<void> {
    holdConnectionSlot(upgradeRequest, socket);
    this.#upgradeRequests.set(request, upgradeRequest);
    let identity: Identity | undefined;
    const connection = await this.#engine.handleUpgrade(request, socket, head, {
      selectProtocol,
      authorize: async () => {
        try {
          identity = await this.#admit(upgradeRequest);
          return { accept: true };
        } catch (error) {
          return this.#reject(upgradeRequest, toChatError(error));
        }
      },
    });
    if (connection === undefined || identity === undefined) return;
    new NativeConnection(connection, identity, upgradeRequest, this.#parts);
  }

  /** Closes all connections with 1001, and waits until they are closed or the timeout expires. */
  shutdown(timeoutMs: number): Promise<void> {
    return this.#engine.shutdown(timeoutMs);
  }

  /** @throws {ChatError} FORBIDDEN, before the session is checked; UNAUTHENTICATED. */
  async #admit(upgradeRequest: UpgradeRequest): Promise<Identity> {
    if (!upgradeRequest.isOriginAllowed()) {
      throw new ChatError('FORBIDDEN', { message: 'This origin may not use the server' });
    }
    const identity = await upgradeRequest.identify();
    if (identity === undefined) throw new ChatError('UNAUTHENTICATED');
    return identity;
  }

  #reject({ address }: UpgradeRequest, error: ChatError): Admission {
    const { code: reason } = error;
    const { status } = ERROR_CODES[reason];
    this.#parts.logger.record({ event: 'connection.refused', address, status, reason });
    return toRejection(error);
  }
}

function nativeEncoder(clock: Clock): EventEncoder {
  return { encode: (event) => prepareFrame(encodeEvent(event, clock.nowMs())) };
}
