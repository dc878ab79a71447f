/**
 * How the opening handshake of one client is read and answered: over HTTP 1.1, over an HTTP/2
 * stream, or outside of the engine.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Rejection } from '../../protocol/handshake-rejection.ts';
import {
  checkAdoptedRequest,
  checkUpgradeRequest,
  type RequestVerdict,
} from '../../protocol/handshake-request.ts';
import {
  type AcceptedUpgrade,
  formatAccepted,
  type RejectionOptions,
  rejectUpgrade,
} from './upgrade-response.ts';

export interface HandshakeTransport {
  check(request: IncomingMessage): RequestVerdict;
  /** Sends the acceptance, or returns it as bytes that leave with the first frames. */
  accept(upgrade: AcceptedUpgrade): Uint8Array | undefined;
  reject(socket: Duplex, rejection: Rejection, options: RejectionOptions): void;
}

/** The answers to a client whose handshake is not HTTP 1.1; see `WebSocketServer.adopt`. */
export interface AdoptionAnswers {
  /**
   * Sends the acceptance: the agreed subprotocol and extensions, and the headers of `authorize`.
   * Without it the client has got its answer already, and nothing is agreed on.
   */
  accept?(upgrade: Pick<AcceptedUpgrade, 'protocol' | 'extensions' | 'headers'>): void;
  /** Sends a rejection, and ends the stream. Without it the stream is destroyed. */
  reject?(rejection: Pick<Rejection, 'status' | 'headers' | 'body' | 'contentType'>): void;
}

export const HTTP1_TRANSPORT: HandshakeTransport = Object.freeze({
  check: checkUpgradeRequest,
  accept: formatAccepted,
  reject: rejectUpgrade,
});

export function adoptionTransport({ accept, reject }: AdoptionAnswers): HandshakeTransport {
  return {
    check: (request) =>
      checkAdoptedRequest(request.rawHeaders, { isAnswered: accept === undefined }),
    accept: (upgrade) => {
      accept?.(upgrade);
      return undefined;
    },
    reject: (socket, rejection) => {
      if (reject === undefined) socket.destroy();
      else reject(rejection);
    },
  };
}
