/** Sends an upgrade request, without following redirects: headers may be secret. */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { unescape as decode } from 'node:querystring';
import type { Duplex } from 'node:stream';
import { ConnectionError, HandshakeError } from '../../protocol/errors.ts';
import { RESPONSE_ERRORS, type ResponseError } from '../../protocol/handshake-response.ts';
import { afterTurn } from '../clock.ts';
import type { ClientOptions } from './client-options.ts';

export interface UpgradeRequestOptions
  extends Pick<ClientOptions, 'handshakeTimeout' | 'signal' | 'clock'> {
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  /** Options for the platform's request: agent, certificates, address family and so on. */
  readonly options: RequestOptions;
  /** Ends the request, after changes to it. Default: ends it. */
  finishRequest?(request: ClientRequest): void;
  /** Receives a response that switches protocols before it is checked. */
  handleUpgrade?(response: IncomingMessage): void;
  /** May take over a response other than 101; the call then pends until it is aborted. */
  onRejection?(request: ClientRequest, response: IncomingMessage): boolean;
}

type UpgradeResponse = [response: IncomingMessage, socket: Duplex, head: Buffer];

/**
 * The time limit covers everything from DNS lookup to response; 0 means no limit. Rejects with
 * `HandshakeError`, `ConnectionError`, or the reason of the signal.
 */
export async function sendUpgradeRequest(call: UpgradeRequestOptions): Promise<UpgradeResponse> {
  const { signal, handshakeTimeout, clock } = call;
  signal?.throwIfAborted();
  const request = createRequest(call);
  let removeLimits = () => {};
  let isClosed = false;
  try {
    const upgrade = await new Promise<UpgradeResponse>((resolve, reject) => {
      request.on('upgrade', (response, socket, head) => {
        // Until the connection listens, in a moment.
        socket
          .on('error', () => {})
          .once('close', () => {
            isClosed = true;
          });
        call.handleUpgrade?.(response);
        // The hook that saw the response may have aborted the call, which is rejected then.
        if (signal?.aborted === true) socket.destroy();
        else resolve([response, socket, head]);
      });
      request.on('response', (response) => {
        if (call.onRejection?.(request, response) !== true) reject(rejectionOf(response));
      });
      request.on('information', (response) => {
        if (response.statusCode === 101) reject(responseError('upgrade'));
      });
      request.on('error', (cause) => {
        const text = `cannot connect: ${cause.message}`;
        reject(new ConnectionError(text, 'CONNECTION_ERROR', { cause }));
      });
      const abort = () => reject(signal?.reason);
      signal?.addEventListener('abort', abort);
      const late = () =>
        reject(new ConnectionError('no response to the upgrade in time', 'NETWORK_TIMEOUT'));
      // After the turn: a process that stood still has not read a response that is there.
      const expire = () => void afterTurn(late);
      const timer = handshakeTimeout > 0 ? clock.setTimeout(expire, handshakeTimeout) : undefined;
      removeLimits = () => {
        signal?.removeEventListener('abort', abort);
        timer?.clear();
      };
      if (call.finishRequest === undefined) request.end();
      else call.finishRequest(request);
    });
    if (isClosed) throw new ConnectionError('the connection ended with the response');
    return upgrade;
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    removeLimits();
  }
}

function createRequest({ url, headers, options }: UpgradeRequestOptions): ClientRequest {
  const isSecure = url.protocol === 'wss:';
  const request = isSecure ? httpsRequest : httpRequest;
  const defaultPort = isSecure ? 443 : 80;
  const requestOptions = { agent: false, allowHalfOpen: true, defaultPort, ...options };
  // Include all parts of the address: agents and other socket factories connect by them.
  const auth = credentialsOf(url);
  // Only URLs have brackets around an IPv6 address.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const target = {
    protocol: isSecure ? 'https:' : 'http:',
    hostname: undefined,
    host,
    port: url.port || defaultPort,
    path: url.pathname + url.search,
    ...(auth !== undefined && { auth }),
    // The name that a certificate must have: otherwise Node takes that of the `Host` header.
    ...(isSecure && { servername: options.servername ?? (isIP(host) === 0 ? host : '') }),
  };
  return request({ ...requestOptions, ...target, method: 'GET', headers }).on('error', () => {
    // Errors after the end of the call, such as those of a destroyed request, have no receiver.
  });
}

/** Name and password of an address, if it has them. */
export function credentialsOf({ username, password }: URL): string | undefined {
  // Percent signs that encode nothing stay as they are.
  const credentials = `${decode(username)}:${decode(password)}`;
  return credentials === ':' ? undefined : credentials;
}

/** The server switched protocols, but not as asked. */
export function responseError(reason: ResponseError): HandshakeError {
  const detail = RESPONSE_ERRORS[reason];
  return new HandshakeError(reason, { status: 101, code: 'MALFORMED_RESPONSE', detail });
}

function rejectionOf({ statusCode: status = 0 }: IncomingMessage): HandshakeError {
  // For the platform, a 101 that names no protocol is not an upgrade.
  if (status === 101) return responseError('upgrade');
  return new HandshakeError('status', { status, detail: `status ${status}` });
}
