/**
 * Negotiates permessage-deflate, the only extension (RFC 6455 section 9.1, RFC 7692 section 7.1).
 */
import {
  DEFLATE_NAME,
  type DeflateOptions,
  type DeflateParameters,
  readDeflateParameters,
  toDeflateOptions,
  WINDOW_BITS_MAX,
  writeDeflateParameters,
  ZLIB_WINDOW_BITS_MIN,
} from './deflate-parameters.ts';
import {
  type ExtensionOffer,
  type ExtensionParameter,
  formatExtension,
} from './extension-header.ts';

/** The limits that this end wants; the same four for a server and a client. */
export interface DeflatePolicy {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
}

export interface DeflateAgreement {
  readonly header: string;
  readonly options: DeflateOptions;
}

/** Answers the first of the client's compression offers that can be met, if any. */
export function negotiateDeflate(
  policy: DeflatePolicy,
  offers: readonly ExtensionOffer[],
): DeflateAgreement | undefined {
  for (const { name, parameters: offered } of offers) {
    const answer = name === DEFLATE_NAME ? answerOffer(policy, offered) : undefined;
    if (answer === undefined) continue;
    const header = formatExtension({ name, parameters: writeDeflateParameters(answer) });
    return { header, options: toDeflateOptions(answer, 'server') };
  }
  return undefined;
}

export function offerDeflate(policy: DeflatePolicy): ExtensionOffer {
  const { serverMaxWindowBits, clientMaxWindowBits } = policy;
  return {
    name: DEFLATE_NAME,
    parameters: writeDeflateParameters({
      serverNoContextTakeover: policy.serverNoContextTakeover,
      clientNoContextTakeover: policy.clientNoContextTakeover,
      serverMaxWindowBits: belowMax(serverMaxWindowBits),
      // Always present: it tells the server that it may ask this client for a smaller window.
      clientMaxWindowBits: belowMax(clientMaxWindowBits) ?? 'any',
    }),
  };
}

/** Checks the answer to `offerDeflate(policy)`; with `undefined` the connection fails. */
export function acceptAnswer(
  policy: DeflatePolicy,
  parameters: readonly ExtensionParameter[],
): DeflateOptions | undefined {
  const answer = readDeflateParameters(parameters);
  if (answer === undefined) return undefined;
  const { serverMaxWindowBits = WINDOW_BITS_MAX, clientMaxWindowBits } = answer;
  if (policy.serverNoContextTakeover && !answer.serverNoContextTakeover) return undefined;
  if (serverMaxWindowBits > policy.serverMaxWindowBits) return undefined;
  if (clientMaxWindowBits === 'any') return undefined;
  const clientBits = clientMaxWindowBits ?? policy.clientMaxWindowBits;
  if (clientBits > policy.clientMaxWindowBits) return undefined;
  return toDeflateOptions(
    {
      ...answer,
      // A client does not use what it declared unused, even if the answer leaves it out.
      clientNoContextTakeover: answer.clientNoContextTakeover || policy.clientNoContextTakeover,
      clientMaxWindowBits: clientBits,
    },
    'client',
  );
}

function answerOffer(
  policy: DeflatePolicy,
  parameters: readonly ExtensionParameter[],
): DeflateParameters | undefined {
  const offer = readDeflateParameters(parameters);
  if (offer === undefined) return undefined;
  const { serverMaxWindowBits, clientMaxWindowBits } = offer;

  const serverBits = Math.min(serverMaxWindowBits ?? WINDOW_BITS_MAX, policy.serverMaxWindowBits);
  if (serverBits < ZLIB_WINDOW_BITS_MIN) return undefined;
  // Only a client that offers the parameter can be asked for less (section 7.1.2.2).
  const isClientBound = clientMaxWindowBits !== undefined;
  if (!isClientBound && policy.clientMaxWindowBits < WINDOW_BITS_MAX) return undefined;
  const clientBits = Math.min(
    typeof clientMaxWindowBits === 'number' ? clientMaxWindowBits : WINDOW_BITS_MAX,
    policy.clientMaxWindowBits,
  );
  return {
    serverNoContextTakeover: offer.serverNoContextTakeover || policy.serverNoContextTakeover,
    clientNoContextTakeover: offer.clientNoContextTakeover || policy.clientNoContextTakeover,
    // A requested limit is always confirmed (section 7.1.2.1).
    serverMaxWindowBits: serverMaxWindowBits === undefined ? belowMax(serverBits) : serverBits,
    clientMaxWindowBits: belowMax(clientBits),
  };
}

/** A limit, unless it is the default. */
function belowMax(bits: number): number | undefined {
  return bits < WINDOW_BITS_MAX ? bits : undefined;
}
