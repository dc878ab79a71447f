/** Sends an upgrade request. Redirects are not followed: headers may be secret. */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import { ConnectionError, HandshakeError } from '../../protocol/errors.ts';
import { RESPONSE_ERRORS } from '../../protocol/handshake-response.ts';
import type { Clock } from '../clock.ts';

export interface UpgradeRequestOptions {
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  /** Options for the platform's request: agent, certificates, address family and so on. */
  readonly options: RequestOptions;
  /** Limit for the whole request, from DNS lookup to response; 0 means no limit. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  /** Receives a response that switches protocols before it is checked. */
  readonly handleUpgrade?: (response: IncomingMessage) => void;
  /** May take over a response other than 101; the call then pends until it is aborted. */
  readonly onRejection?: (request: ClientRequest, response: IncomingMessage) => boolean;
}

export interface UpgradeResponse {
  readonly response: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Rejects with `HandshakeError`, `ConnectionError`, or the reason of the signal. */
export async function sendUpgradeRequest(call: UpgradeRequestOptions): Promise<UpgradeResponse> {
  call.signal?.throwIfAborted();
  const request = createRequest(call);
  const limits = new AbortController();
  try {
    return await new Promise<UpgradeResponse>((resolve, reject) => {
      request.on('upgrade', (response, socket, head) => {
        call.handleUpgrade?.(response);
        // The hook that saw the response may have aborted the call, which is rejected then.
        if (call.signal?.aborted === true) socket.destroy();
        else resolve({ response, socket, head });
      });
      request.on('response', (response) => {
        if (call.onRejection?.(request, response) !== true) reject(rejectionOf(response));
      });
      request.on('information', (response) => {
        if (response.statusCode === 101) reject(rejectionOf(response));
      });
      request.on('error', (cause) => {
        const text = `cannot connect: ${cause.message}`;
        reject(new ConnectionError(text, 'CONNECTION_ERROR', { cause }));
      });
      limitTime(call, limits.signal, reject);
      request.end();
    });
  } catch (error) {
    request.destroy();
    throw error;
  } finally {
    limits.abort();
  }
}

function createRequest({ url, headers, options }: UpgradeRequestOptions): ClientRequest {
  const isSecure = url.protocol === 'wss:';
  const request = isSecure ? httpsRequest : httpRequest;
  const defaultPort = isSecure ? 443 : 80;
  const requestOptions = { agent: false, allowHalfOpen: true, defaultPort, ...options };
  // Include all parts of the address: agents and other socket factories connect by them.
  const { auth } = urlToHttpOptions(url);
  const target = {
    protocol: isSecure ? 'https:' : 'http:',
    hostname: undefined,
    // Only URLs have brackets around an IPv6 address.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || defaultPort,
    path: url.pathname + url.search,
    ...(auth === undefined ? {} : { auth }),
  };
  return request({ ...requestOptions, ...target, method: 'GET', headers }).on('error', () => {
    // Errors after the end of the call, such as those of a destroyed request, have no receiver.
  });
}

function limitTime(
  { timeoutMs, signal, clock }: UpgradeRequestOptions,
  isOver: AbortSignal,
  reject: (error: unknown) => void,
): void {
  const handleAbort = () => reject(signal?.reason);
  signal?.addEventListener('abort', handleAbort, { signal: isOver });
  if (timeoutMs === 0) return;
  const timer = clock.setTimeout(
    () => reject(new ConnectionError('no response to the upgrade in time', 'NETWORK_TIMEOUT')),
    timeoutMs,
  );
  isOver.addEventListener('abort', () => timer.clear());
}

/** For the platform, a 101 that names no protocol is not an upgrade. */
function rejectionOf({
  statusCode: status = 0,
}: Pick<IncomingMessage, 'statusCode'>): HandshakeError {
  if (status !== 101) return new HandshakeError('status', { status, detail: `status ${status}` });
  const detail = RESPONSE_ERRORS.upgrade;
  return new HandshakeError('upgrade', { status, code: 'MALFORMED_RESPONSE', detail });
}
