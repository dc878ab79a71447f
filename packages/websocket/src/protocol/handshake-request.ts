/** Checks an upgrade request against RFC 6455 section 4.2.1. Pure and strict. */
import { type ExtensionOffer, parseExtensionOffers } from './extension-header.ts';
import type { RejectionReason } from './handshake-rejection.ts';
import { hasToken, hasUpgrades, isToken, type MessageHead, valuesOf } from './header-grammar.ts';

const PROTOCOL_VERSION = '13';

/** 16 bytes in base64; unused bits may be set, as in the example of RFC 6455 section 4.1. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;

export interface UpgradeRequest {
  /** As sent: the accept value is computed from the text, not from the decoded bytes. */
  readonly key: string;
  readonly protocols: readonly string[];
  readonly extensions: readonly ExtensionOffer[];
  /** The value of `Origin`; browsers always send it. */
  readonly origin: string | undefined;
}

/** Returns the first error, in the order in which a reader would check the request. */
export function checkUpgradeRequest(head: MessageHead): UpgradeRequest | RejectionReason {
  const { method, httpVersion, rawHeaders: fields } = head;
  if (method !== 'GET') return 'method';
  if (!hasUpgrades(httpVersion)) return 'httpVersion';
  const hosts = valuesOf(fields, 'host') ?? [];
  if (hosts.length !== 1 || hosts[0] === '') return 'host';
  if (hasBody(fields)) return 'body';

  if (!hasToken(valuesOf(fields, 'upgrade'), 'websocket')) return 'upgrade';
  if (!hasToken(valuesOf(fields, 'connection'), 'upgrade')) return 'connection';
  const versionRejection = findVersionRejection(fields);
  if (versionRejection !== undefined) return versionRejection;
  const keys = valuesOf(fields, 'sec-websocket-key') ?? [];
  if (keys.length !== 1 || !KEY.test(keys[0] ?? '')) return 'key';
  return readOffers(fields);
}

/**
 * Checks a request that is not an upgrade of HTTP 1.1, as in RFC 8441: without key and upgrade.
 *
 * @param isAnswered Whether the client has got its answer, so that nothing can be agreed on.
 */
export function checkAdoptedRequest(
  fields: readonly string[],
  { isAnswered }: { readonly isAnswered: boolean },
): UpgradeRequest | RejectionReason {
  if (!isAnswered) return findVersionRejection(fields) ?? readOffers(fields);
  const origin = valuesOf(fields, 'origin')?.join(', ');
  return { key: '', protocols: [], extensions: [], origin };
}

function readOffers(fields: readonly string[]): UpgradeRequest | RejectionReason {
  const protocolValues = valuesOf(fields, 'sec-websocket-protocol');
  const protocols = protocolValues === undefined ? [] : parseSubprotocols(protocolValues);
  if (protocols === undefined) return 'protocol';

  const extensions = parseExtensionOffers(valuesOf(fields, 'sec-websocket-extensions') ?? []);
  if (extensions === undefined) return 'extension';

  const [key = ''] = valuesOf(fields, 'sec-websocket-key') ?? [];
  const origin = valuesOf(fields, 'origin')?.join(', ');
  return { key, protocols, extensions, origin };
}

/** The offers in order; `undefined` if one is not a token or appears twice (section 11.3.4). */
function parseSubprotocols(values: readonly string[]): string[] | undefined {
  const offered = values
    .flatMap((value) => value.split(','))
    .map((element) => element.trim())
    .filter((element) => element !== ''); // Legal in lists (RFC 9110 section 5.6.1).
  const isWellFormed = offered.length > 0 && offered.every(isToken);
  return isWellFormed && new Set(offered).size === offered.length ? offered : undefined;
}

function findVersionRejection(fields: readonly string[]): RejectionReason | undefined {
  const versions = valuesOf(fields, 'sec-websocket-version') ?? [];
  if (versions.length > 1) return 'repeatedVersion';
  return versions[0] === PROTOCOL_VERSION ? undefined : 'version';
}

/** Detects a body, whose bytes would be parsed as frames. */
function hasBody(fields: readonly string[]): boolean {
  const lengths = valuesOf(fields, 'content-length') ?? [];
  return (
    valuesOf(fields, 'transfer-encoding') !== undefined ||
    lengths.some((length) => !/^0+$/.test(length))
  );
}
