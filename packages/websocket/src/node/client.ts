/**
 * The client: connects to a server, and gives the same `Connection` that a
 * server has.
 *
 * The request and its answer are the business of `client-request.ts` and of
 * `protocol/handshake-response.ts`; here they meet, and become an endpoint.
 */
import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { RequestOptions } from 'node:http';
import { HandshakeError, WebSocketError } from '../protocol/errors.ts';
import {
  type AcceptedResponse,
  checkUpgradeResponse,
  RESPONSE_FAULTS,
} from '../protocol/handshake-response.ts';
import { acceptKey } from './accept-key.ts';
import { tickMs } from './check-options.ts';
import { createMask } from './client-mask.ts';
import { type ClientOptions, checkClientOptions, checkTarget } from './client-options.ts';
import { requestUpgrade, type UpgradeAnswer, type UpgradeCall } from './client-request.ts';
import type { Timer } from './clock.ts';
import type { Connection } from './connection.ts';
import { Endpoint, type EndpointContext, type EndpointObserver } from './endpoint.ts';
import { FlushQueue } from './flush-queue.ts';
import { Heartbeat } from './heartbeat.ts';
import { StallWatch } from './stall-watch.ts';

const KEY_BYTES = 16; // RFC 6455 section 4.1.

/**
 * Connects to a `ws` or `wss` address. Listeners that are added as soon as the
 * promise resolves miss nothing.
 *
 * Rejects with `HandshakeError` when the server refuses or answers wrongly, with
 * `ConnectionError` when it cannot be reached in time, with the reason of
 * `options.signal`, and with `INVALID_ARGUMENT` for an address or an option.
 */
export async function connect<M = unknown>(
  address: string | URL,
  options: Partial<ClientOptions<M>> = {},
): Promise<Connection<M>> {
  const checked = checkClientOptions(options);
  const call = {
    url: checkTarget(address, checked),
    headers: checked.headers,
    options: requestOptions(checked),
    timeoutMs: checked.handshakeTimeout,
    signal: checked.signal,
    clock: checked.clock,
  };
  const client = await callServer(call, checked.protocols);
  return openClient(createContext(checked), client, checked.metadata).connection;
}

/** A server's answer, checked. */
export interface AnsweredCall extends UpgradeAnswer {
  readonly terms: AcceptedResponse;
}

/** Makes the request, and checks the answer. Rejects as `connect`. */
export async function callServer(
  call: UpgradeCall,
  protocols: readonly string[],
): Promise<AnsweredCall> {
  const key = randomBytes(KEY_BYTES).toString('base64');
  const headers = { ...call.headers, ...handshakeHeaders(key, protocols) };
  const answer = await requestUpgrade({ ...call, headers });
  const expected = { accept: acceptKey(key), protocols, extensions: [] };
  const verdict = checkUpgradeResponse(answer.response, expected);
  if (verdict.kind === 'accepted') return { ...answer, terms: verdict };

  answer.socket.on('error', ignore).destroy();
  throw new HandshakeError(verdict.reason, {
    status: 101,
    code: 'MALFORMED_RESPONSE',
    detail: RESPONSE_FAULTS[verdict.reason],
  });
}

/** Turns an answered call into an open connection; nothing of it is delivered before the next turn. */
export function openClient<M>(
  context: EndpointContext<M>,
  { socket, head, terms }: AnsweredCall,
  metadata: M,
): Endpoint<M> {
  const endpoint = new Endpoint(context, socket, head);
  const extensions = terms.extensions.map(({ name }) => name);
  endpoint.open({ metadata, protocol: terms.protocol, extensions }, ignore);
  return endpoint;
}

function requestOptions<M>({ agent, tls }: ClientOptions<M>): RequestOptions {
  return { ...tls, ...(agent === undefined ? {} : { agent }) };
}

function handshakeHeaders(key: string, protocols: readonly string[]): Record<string, string> {
  return {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    ...(protocols.length === 0 ? {} : { 'Sec-WebSocket-Protocol': protocols.join(', ') }),
  };
}

/** What a server's connections share, a client has for its one alone. */
function createContext<M>(options: ClientOptions<M>): EndpointContext<M> {
  const heartbeat = new Heartbeat(options, tickMs(options));
  const stallWatch = new StallWatch();
  const { clock } = options;
  heartbeat.start(clock.now());
  const ticker = clock.setInterval(() => {
    const now = clock.now();
    heartbeat.tick(now);
    stallWatch.tick(now);
  }, tickMs(options));
  return {
    role: { name: 'client', maskFrame: createMask() },
    options,
    rules: {
      sender: 'server',
      payloadBytesMax: options.maxFrameSize,
      messageBytesMax: options.maxMessageSize,
      fragmentCountMax: options.maxFragments,
      ownedReservedBits: 0,
      isWholeUtf8: isUtf8,
    },
    flushQueue: new FlushQueue(),
    heartbeat,
    stallWatch,
    observer: observe(options, ticker),
  };
}

function observe<M>(
  { handleListenerError = warn }: ClientOptions<M>,
  ticker: Timer,
): EndpointObserver<M> {
  return {
    handleError: (error) => {
      // A fault of the peer or the transport: the connection's own `error` has told it.
      if (!(error instanceof WebSocketError)) handleListenerError(error);
    },
    handleGone: () => ticker.clear(),
    handleClosed: ignore,
  };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

function ignore(): void {}
