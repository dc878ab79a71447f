/** Checks the answer to an upgrade request against RFC 6455 section 4.1. Pure and strict. */
import { parseExtensionOffers } from './extension-header.ts';
import { hasToken, hasUpgrades, type MessageHead, valuesOf } from './header-grammar.ts';

interface ExpectedResponse {
  readonly accept: string;
  readonly protocols: readonly string[];
  readonly extensions: readonly string[];
}

/** Every error of an answer, with a text for the user of the client. */
export const RESPONSE_ERRORS = Object.freeze({
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

export type ResponseError = keyof typeof RESPONSE_ERRORS;

/** Returns the first error in the order of section 4.1, or what was agreed on. */
export function checkUpgradeResponse(
  { statusCode, httpVersion, rawHeaders: fields }: MessageHead,
  expected: ExpectedResponse,
) {
  if (statusCode !== 101) return 'status';
  if (!hasUpgrades(httpVersion)) return 'httpVersion';
  if (only(valuesOf(fields, 'upgrade'))?.toLowerCase() !== 'websocket') return 'upgrade';
  if (!hasToken(valuesOf(fields, 'connection'), 'upgrade')) return 'connection';
  if (only(valuesOf(fields, 'sec-websocket-accept')) !== expected.accept) return 'accept';

  const extensions = parseExtensionOffers(valuesOf(fields, 'sec-websocket-extensions') ?? []);
  if (extensions === undefined) return 'malformedExtension';
  const names = extensions.map(({ name }) => name);
  const isOffered = names.every((name) => expected.extensions.includes(name));
  if (!isOffered || new Set(names).size < names.length) return 'extension';

  const chosen = valuesOf(fields, 'sec-websocket-protocol');
  const [protocol = '', ...more] = chosen ?? [];
  // A client that offers subprotocols may speak no other; browsers fail the connection as well.
  if (chosen === undefined && expected.protocols.length > 0) return 'noProtocol';
  const isChosenFromOffers = more.length === 0 && expected.protocols.includes(protocol);
  if (chosen !== undefined && !isChosenFromOffers) return 'protocol';
  return { protocol, extensions };
}

function only(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}
