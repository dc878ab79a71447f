/** The client: connects to a server, and returns the same `Connection` that a server has. */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { acceptAnswer, offerDeflate } from '../../protocol/deflate-parameters.ts';
import { formatExtension } from '../../protocol/extension-header.ts';
import { checkUpgradeResponse } from '../../protocol/handshake-response.ts';
import type { Connection } from '../connection/connection.ts';
import { Endpoint } from '../connection/endpoint.ts';
import type { EndpointContext } from '../connection/endpoint-types.ts';
import { acceptKey } from '../handshake/upgrade-response.ts';
import { checkDeflateSettings } from '../options/deflate-settings.ts';
import { type ClientOptions, checkClientOptions, checkTarget } from './client-options.ts';
import {
  responseError,
  sendUpgradeRequest,
  type UpgradeRequestOptions,
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
  const { connection } = await openClient({
    ...checked,
    url: checkTarget(address, checked),
    options: { ...checked.tls, ...(checked.agent && { agent: checked.agent }) },
    deflate: checkDeflateSettings(checked.perMessageDeflate),
    createContext: () => enterSharedContext(checked),
  });
  return connection;
}

export interface ClientCall<M> extends UpgradeRequestOptions {
  readonly protocols: readonly string[];
  /** How messages may be compressed; `undefined` disables compression. */
  readonly deflate: ReturnType<typeof checkDeflateSettings>;
  readonly metadata: M;
  /** Called when the server has accepted. */
  createContext(): EndpointContext<M>;
  /** Gets the endpoint before it opens; its events begin in the next turn. */
  prepare?(endpoint: Endpoint<M>, socket: Duplex): void;
}

/** Sends the request, checks the response, and opens the connection. Rejects as `connect`. */
export async function openClient<M>(call: ClientCall<M>): Promise<Endpoint<M>> {
  const key = randomBytes(KEY_BYTES).toString('base64');
  const offered = call.deflate === undefined ? [] : [offerDeflate(call.deflate)];
  const headers = {
    ...call.headers,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    ...listHeader('Sec-WebSocket-Protocol', call.protocols),
    ...listHeader('Sec-WebSocket-Extensions', offered.map(formatExtension)),
  };
  const [response, socket, head] = await sendUpgradeRequest({ ...call, headers });
  try {
    const answer = checkUpgradeResponse(response, {
      accept: acceptKey(key),
      protocols: call.protocols,
      extensions: offered.map(({ name }) => name),
    });
    if (typeof answer === 'string') throw responseError(answer);
    // Only compression was offered, so only compression can be agreed.
    const [chosen] = answer.extensions;
    const deflate = chosen && call.deflate && acceptAnswer(call.deflate, chosen.parameters);
    if (chosen && deflate === undefined) throw responseError('extensionParameters');
    // The call may have been aborted after the response.
    call.signal?.throwIfAborted();

    const endpoint = new Endpoint(call.createContext(), socket, head);
    call.prepare?.(endpoint, socket);
    endpoint.open({ metadata: call.metadata, protocol: answer.protocol, deflate }, ignore);
    return endpoint;
  } catch (error) {
    socket.on('error', ignore).destroy();
    throw error;
  }
}

function listHeader(name: string, elements: readonly string[]): Record<string, string> {
  return elements.length === 0 ? {} : { [name]: elements.join(', ') };
}

function ignore(): void {}
