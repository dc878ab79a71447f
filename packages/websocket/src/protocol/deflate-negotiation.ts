/**
 * Negotiates permessage-deflate: a server's answer to an offer, a client's offer, and
 * whether an answer fits the offer.
 *
 * An offer that cannot be met is declined, and the client's next offer is considered.
 *
 * Source: RFC 7692 sections 5 and 7.1.
 */
import {
  COMPRESSED_BIT,
  DEFLATE_NAME,
  type DeflateOptions,
  readDeflateParameters,
  toDeflateOptions,
  WINDOW_BITS_MAX,
  writeDeflateParameters,
} from './deflate-parameters.ts';
import type { ExtensionOffer, ExtensionParameter } from './extension-header.ts';
import type { Extension } from './extension-negotiator.ts';

/** The limits that this end wants; the same four for a server and a client. */
export interface DeflatePolicy {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
}

/** The smallest window that zlib compresses with; asked for 8, zlib would use 9. */
const SERVER_WINDOW_BITS_MIN = 9;

/** The capabilities of a server. */
export function deflateExtension(policy: DeflatePolicy): Extension {
  return {
    name: DEFLATE_NAME,
    reservedBits: COMPRESSED_BIT,
    accept: (parameters) => answerOffer(policy, parameters),
  };
}

/** The parameters that a server agreed to; `undefined` without compression. */
export function findDeflateOptions(agreed: readonly ExtensionOffer[]): DeflateOptions | undefined {
  const answer = agreed.find(({ name }) => name === DEFLATE_NAME);
  const parameters = answer && readDeflateParameters(answer.parameters);
  return parameters && toDeflateOptions(parameters, 'server');
}

/** The offer that a client writes into its request. */
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

/**
 * Checks the parameters of the answer to `offerDeflate(policy)`; returns `undefined`
 * if the server may not answer so, and then the connection fails.
 */
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
): readonly ExtensionParameter[] | undefined {
  const offer = readDeflateParameters(parameters);
  if (offer === undefined) return undefined;
  const { serverMaxWindowBits, clientMaxWindowBits } = offer;

  const serverBits = Math.min(serverMaxWindowBits ?? WINDOW_BITS_MAX, policy.serverMaxWindowBits);
  if (serverBits < SERVER_WINDOW_BITS_MIN) return undefined;
  // Only a client that offers the parameter can be asked for less (section 7.1.2.2).
  const isClientBound = clientMaxWindowBits !== undefined;
  if (!isClientBound && policy.clientMaxWindowBits < WINDOW_BITS_MAX) return undefined;
  const clientBits = Math.min(
    typeof clientMaxWindowBits === 'number' ? clientMaxWindowBits : WINDOW_BITS_MAX,
    policy.clientMaxWindowBits,
  );
  return writeDeflateParameters({
    serverNoContextTakeover: offer.serverNoContextTakeover || policy.serverNoContextTakeover,
    clientNoContextTakeover: offer.clientNoContextTakeover || policy.clientNoContextTakeover,
    // A requested limit is always confirmed (section 7.1.2.1).
    serverMaxWindowBits: serverMaxWindowBits === undefined ? belowMax(serverBits) : serverBits,
    clientMaxWindowBits: belowMax(clientBits),
  });
}

/** A limit, unless it is the default. */
function belowMax(bits: number): number | undefined {
  return bits < WINDOW_BITS_MAX ? bits : undefined;
}
