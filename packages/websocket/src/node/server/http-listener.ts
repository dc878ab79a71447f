/** The HTTP or HTTPS server that a WebSocket server creates for its own port. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { createRejection, type Rejection } from '../../protocol/handshake-rejection.ts';
import { checkUpgradeRequest } from '../../protocol/handshake-request.ts';
import { hasToken, valuesOf } from '../../protocol/header-grammar.ts';
import type { DescriptorBounds } from '../admission/descriptors.ts';
import { callApplication } from '../call-application.ts';
import { formatRejection } from '../handshake/format-rejection.ts';
import type { TlsSettings } from '../options/listen-options.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { type Certificate, checkCertificate, readCertificate } from '../tls/certificate.ts';
import {
  respondUpgradeRequired,
  respondWithFailure,
  respondWithRejection,
  upgradeRequired,
} from './non-upgrade-responses.ts';

export type HttpListener = Server | TlsServer;

/**
 * @param handleRejection Receives upgrades that HTTP does not recognise as such.
 * @param handleError Receives what `handleRequest` throws or rejects with.
 * @throws {WebSocketError} `INVALID_ARGUMENT` for certificate files that cannot be used.
 */
export async function createHttpListener<M>(
  options: WebSocketServerOptions<M>,
  handleRejection: (rejection: Rejection, request: IncomingMessage) => void,
  handleError: (error: unknown) => void,
): Promise<HttpListener> {
  const { handshakeTimeout, tls } = options;
  const inFormat = (rejection: Rejection) =>
    formatRejection(rejection, options.formatRejection, handleError);
  const {
    handleRequest = (_request, response) =>
      respondUpgradeRequired(response, inFormat(upgradeRequired('This is a WebSocket server\n'))),
  } = options;
  const handle: RequestListener = function handle(this: unknown, request, response) {
    // With WebSocket headers it should be an upgrade, and the application does not get it.
    const { headers } = request;
    const hasSigns = 'sec-websocket-key' in headers || 'sec-websocket-version' in headers;
    const verdict = hasSigns && checkUpgradeRequest(request);
    if (typeof verdict === 'string') {
      const rejection = createRejection(verdict);
      respondWithRejection(response, inFormat(rejection));
      handleRejection(rejection, request);
      return;
    }
    const answer = () => handleRequest.call(this, request, response);
    callApplication(answer, (error) => {
      respondWithFailure(response);
      handleError(error);
    });
  };
  const serverOptions: ServerOptions = {
    connectionsCheckingInterval: Math.min(Math.max(Math.floor(handshakeTimeout / 4), 5), 1_000),
    noDelay: true,
    // An upgrade to another protocol is an ordinary request (RFC 9110 section 7.8).
    shouldUpgradeCallback: ({ rawHeaders }) =>
      hasToken(valuesOf(rawHeaders, 'upgrade'), 'websocket'),
  };
  const httpServer =
    tls === undefined
      ? createServer(serverOptions, handle)
      : createTlsServer({ ...serverOptions, ...(await tlsOptions(tls)), handshakeTimeout }, handle);
  return httpServer;
}

/** Sets what differs from `before`; other settings may have been changed by the application. */
export function limitRequests<M>(
  server: HttpListener,
  { handshakeTimeout, maxConnections }: WebSocketServerOptions<M>,
  { socketsMax }: Pick<DescriptorBounds, 'socketsMax'>,
  before?: WebSocketServerOptions<M>,
): void {
  if (handshakeTimeout !== before?.handshakeTimeout) {
    server.headersTimeout = handshakeTimeout;
    server.requestTimeout = handshakeTimeout;
  }
  // Twice the number of connections, half of it for pending and rejected requests; others are
  // dropped.
  if (maxConnections !== before?.maxConnections) {
    server.maxConnections = Math.min(2 * maxConnections + 100, socketsMax);
  }
}

/** The options of the TLS context that a renewal of the certificate keeps. */
export function secureContextOptions({ ciphers }: TlsSettings): SecureContextOptions {
  // TLS 1.3 if the client supports it; versions below 1.2 are insecure (RFC 8996).
  return { minVersion: 'TLSv1.2', ciphers };
}

async function tlsOptions(tls: TlsSettings) {
  const { requireClientCert = false } = tls;
  const certificate: Certificate = 'certFile' in tls ? await readCertificate(tls) : tls;
  if ('certFile' in tls) checkCertificate(certificate);
  const { cert, key, ca, passphrase } = certificate;
  return {
    ...secureContextOptions(tls),
    cert,
    key,
    ca,
    passphrase,
    requestCert: requireClientCert,
    rejectUnauthorized: requireClientCert,
  };
}
