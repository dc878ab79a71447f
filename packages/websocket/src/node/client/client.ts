/** The client: connects to a server, and returns the same `Connection` that a server has. */

import { randomBytes } from 'node:crypto';
import { acceptAnswer, offerDeflate } from '../../protocol/deflate-negotiation.ts';
import type { DeflateOptions } from '../../protocol/deflate-parameters.ts';
import { HandshakeError, WebSocketError } from '../../protocol/errors.ts';
import { formatExtension } from '../../protocol/extension-header.ts';
import {
  type AcceptedResponse,
  checkUpgradeResponse,
  RESPONSE_ERRORS,
  type ResponseError,
} from '../../protocol/handshake-response.ts';
import { callApplication, warn } from '../call-application.ts';
import type { Connection } from '../connection/connection.ts';
import { Endpoint } from '../connection/endpoint.ts';
import type { EndpointContext, EndpointObserver } from '../connection/endpoint-types.ts';
import { acceptKey } from '../handshake/upgrade-response.ts';
import {
  checkDeflateSettings,
  type PerMessageDeflateOptions,
} from '../options/deflate-settings.ts';
import { receiverOptions } from '../receive/receiver-options.ts';
import { type ClientOptions, checkClientOptions, checkTarget } from './client-options.ts';
import {
  sendUpgradeRequest,
  type UpgradeRequestOptions,
  type UpgradeResponse,
} from './send-upgrade-request.ts';
import { enterSharedContext } from './shared-client-context.ts';

const KEY_BYTES = 16; // RFC 6455 section 4.1.

/**
 * Connects to a `ws` or `wss` address. Listeners added as soon as the promise resolves miss no
 * events.
 *
 * Rejects with `HandshakeError` if the server rejects the upgrade or responds wrongly, with
 * `ConnectionError` if it cannot be reached in time, with the reason of `options.signal`, and with
 * `INVALID_ARGUMENT` for an invalid address or option.
 */
export async function connect<M = unknown>(
  address: string | URL,
  options: Partial<ClientOptions<M>> = {},
): Promise<Connection<M>> {
  const checked = checkClientOptions(options);
  const call = {
    url: checkTarget(address, checked),
    headers: checked.headers,
    options: { ...checked.tls, ...(checked.agent && { agent: checked.agent }) },
    timeoutMs: checked.handshakeTimeout,
    signal: checked.signal,
    clock: checked.clock,
  };
  const offer = {
    protocols: checked.protocols,
    deflate: checkDeflateSettings(checked.perMessageDeflate),
  };
  const client = unlessAborted(await callServer(call, offer), checked.signal);
  return openClient(createContext(checked), client, checked.metadata).connection;
}

export interface ClientOffer {
  readonly protocols: readonly string[];
  /** How messages may be compressed; `undefined` disables compression. */
  readonly deflate: PerMessageDeflateOptions | undefined;
}

export interface AnsweredCall extends UpgradeResponse {
  readonly accepted: AcceptedResponse;
  readonly deflate: DeflateOptions | undefined;
}

/** Sends the request, and checks the response. Rejects as `connect`. */
export async function callServer(
  call: UpgradeRequestOptions,
  offer: ClientOffer,
): Promise<AnsweredCall> {
  const key = randomBytes(KEY_BYTES).toString('base64');
  const offered = offer.deflate === undefined ? [] : [offerDeflate(offer.deflate)];
  const headers = {
    ...call.headers,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    ...listHeader('Sec-WebSocket-Protocol', offer.protocols),
    ...listHeader('Sec-WebSocket-Extensions', offered.map(formatExtension)),
  };
  const answer = await sendUpgradeRequest({ ...call, headers });
  const accepted = checkUpgradeResponse(answer.response, {
    accept: acceptKey(key),
    protocols: offer.protocols,
    extensions: offered.map(({ name }) => name),
  });
  if (accepted.kind === 'error') throw rejectAnswer(answer, accepted.reason);

  // Only compression was offered, so only compression can be agreed.
  const [chosen] = accepted.extensions;
  const deflate = chosen && offer.deflate && acceptAnswer(offer.deflate, chosen.parameters);
  if (chosen && deflate === undefined) throw rejectAnswer(answer, 'extensionParameters');
  return { ...answer, accepted, deflate };
}

/** @throws the reason of the signal, if the call was aborted after the response. */
export function unlessAborted(
  answered: AnsweredCall,
  signal: AbortSignal | undefined,
): AnsweredCall {
  if (signal?.aborted === true) answered.socket.on('error', ignore).destroy();
  signal?.throwIfAborted();
  return answered;
}

/** Opens the connection; its events begin in the next turn. `prepare` gets the endpoint before. */
export function openClient<M>(
  context: EndpointContext<M>,
  { socket, head, accepted, deflate }: AnsweredCall,
  metadata: M,
  prepare: (endpoint: Endpoint<M>) => void = ignore,
): Endpoint<M> {
  const endpoint = new Endpoint(context, socket, head);
  prepare(endpoint);
  endpoint.open({ metadata, protocol: accepted.protocol, deflate }, ignore);
  return endpoint;
}

function listHeader(name: string, elements: readonly string[]): Record<string, string> {
  return elements.length === 0 ? {} : { [name]: elements.join(', ') };
}

function rejectAnswer({ socket }: UpgradeResponse, reason: ResponseError): HandshakeError {
  socket.on('error', ignore).destroy();
  const detail = RESPONSE_ERRORS[reason];
  return new HandshakeError(reason, { status: 101, code: 'MALFORMED_RESPONSE', detail });
}

function createContext<M>(options: ClientOptions<M>): EndpointContext<M> {
  const { handleListenerError = warn } = options;
  const group = enterSharedContext(options);
  const observer: EndpointObserver<M> = {
    handleError: (error) => {
      // A protocol or transport error was already reported by the connection's own `error`.
      if (!(error instanceof WebSocketError))
        callApplication(() => handleListenerError(error), warn);
    },
    handleGone: () => group.leave(),
    handleClosed: ignore,
  };
  return { ...group.context, options, rules: receiverOptions('server', options), observer };
}

function ignore(): void {}
