/**
 * Checks a server's answer to an upgrade request: all that RFC 6455 section 4.1
 * asks of a client, nothing else.
 *
 * Pure and strict: nothing is repaired. Whether the parameters of an extension
 * are acceptable is for the extension to say.
 */
import { type ExtensionOffer, parseExtensionOffers } from './extension-header.ts';
import { type HeaderFields, hasToken, hasUpgrades, readFields } from './header-grammar.ts';

/** What is looked at; Node's `IncomingMessage` has this shape. */
export interface ResponseHead {
  readonly statusCode?: number | undefined;
  /** As in `1.1`. */
  readonly httpVersion: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/** What the request was, as far as the answer has to fit it. */
export interface ExpectedResponse {
  /** The value of `Sec-WebSocket-Accept` that answers our key. */
  readonly accept: string;
  readonly protocols: readonly string[];
  /** The names of the extensions that were offered. */
  readonly extensions: readonly string[];
}

export interface AcceptedResponse {
  readonly kind: 'accepted';
  /** The agreed subprotocol, or an empty text. */
  readonly protocol: string;
  readonly extensions: readonly ExtensionOffer[];
}

export type ResponseVerdict =
  | AcceptedResponse
  | { readonly kind: 'fault'; readonly reason: ResponseFault };

/** Every fault of an answer, with a text for the person who runs the client. */
export const RESPONSE_FAULTS = Object.freeze({
  status: 'the server did not switch protocols',
  httpVersion: 'the answer is not in HTTP 1.1',
  upgrade: 'the Upgrade header is not websocket',
  connection: 'the Connection header does not name upgrade',
  accept: 'Sec-WebSocket-Accept does not answer the key',
  protocol: 'the server chose a subprotocol that was not offered, or several',
  noProtocol: 'the server chose none of the subprotocols',
  extension: 'the server chose an extension that was not offered, or one twice',
  malformedExtension: 'the Sec-WebSocket-Extensions header is malformed',
  extensionParameters: 'the parameters of an extension are not acceptable',
});

export type ResponseFault = keyof typeof RESPONSE_FAULTS;

/** Tells the first fault, in the order of section 4.1. */
export function checkUpgradeResponse(
  head: ResponseHead,
  expected: ExpectedResponse,
): ResponseVerdict {
  const fields = readFields(head.rawHeaders);
  const fault = findResponseFault(head, fields, expected.accept);
  if (fault !== undefined) return { kind: 'fault', reason: fault };

  const extensions = parseExtensionOffers(fields.get('sec-websocket-extensions') ?? []);
  if (extensions === undefined) return { kind: 'fault', reason: 'malformedExtension' };
  const names = extensions.map(({ name }) => name);
  const isOffered = names.every((name) => expected.extensions.includes(name));
  if (!isOffered || new Set(names).size < names.length) {
    return { kind: 'fault', reason: 'extension' };
  }

  const [protocol = '', ...more] = fields.get('sec-websocket-protocol') ?? [];
  // Who offers some can speak no other; browsers end the connection as well.
  if (protocol === '' && expected.protocols.length > 0)
    return { kind: 'fault', reason: 'noProtocol' };
  const isChoice = fields.has('sec-websocket-protocol');
  if (isChoice && (more.length > 0 || !expected.protocols.includes(protocol))) {
    return { kind: 'fault', reason: 'protocol' };
  }
  return { kind: 'accepted', protocol, extensions };
}

function findResponseFault(
  { statusCode, httpVersion }: ResponseHead,
  fields: HeaderFields,
  accept: string,
): ResponseFault | undefined {
  if (statusCode !== 101) return 'status';
  if (!hasUpgrades(httpVersion)) return 'httpVersion';
  if (only(fields.get('upgrade'))?.toLowerCase() !== 'websocket') return 'upgrade';
  if (!hasToken(fields.get('connection'), 'upgrade')) return 'connection';
  if (only(fields.get('sec-websocket-accept')) !== accept) return 'accept';
  return undefined;
}

function only(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}
