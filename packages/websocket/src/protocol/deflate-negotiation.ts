/**
 * Settles permessage-deflate between two ends: what a server answers to an offer,
 * what a client offers, and whether the answer fits the offer.
 *
 * An offer that cannot be met is declined, and the client's next one looked at.
 *
 * Source: RFC 7692 sections 5 and 7.1. Requirements WS-266, WS-267, WS-270.
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

/** What this end wants; the same four for a server and a client. */
export interface DeflatePolicy {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
}

/** The least window that zlib compresses with; where 8 is asked for, it would use 9. */
const SERVER_WINDOW_BITS_MIN = 9;

/** What a server has to offer. */
export function deflateExtension(policy: DeflatePolicy): Extension {
  return {
    name: DEFLATE_NAME,
    reservedBits: COMPRESSED_BIT,
    accept: (parameters) => answerOffer(policy, parameters),
  };
}

/** What a server has agreed to; `undefined` where compression is no part of it. */
export function findDeflateOptions(agreed: readonly ExtensionOffer[]): DeflateOptions | undefined {
  const answer = agreed.find(({ name }) => name === DEFLATE_NAME);
  const parameters = answer && readDeflateParameters(answer.parameters);
  return parameters && toDeflateOptions(parameters, 'server');
}

/** What a client writes into its request. */
export function offerDeflate(policy: DeflatePolicy): ExtensionOffer {
  const { serverMaxWindowBits, clientMaxWindowBits } = policy;
  return {
    name: DEFLATE_NAME,
    parameters: writeDeflateParameters({
      serverNoContextTakeover: policy.serverNoContextTakeover,
      clientNoContextTakeover: policy.clientNoContextTakeover,
      serverMaxWindowBits: belowMax(serverMaxWindowBits),
      // Always there: it says that this client can be asked for less.
      clientMaxWindowBits: belowMax(clientMaxWindowBits) ?? 'any',
    }),
  };
}

/**
 * What a client makes of the parameters that came back for `offerDeflate(policy)`;
 * `undefined` when the server may not answer so, and the connection fails.
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
      // What the client said it would not use, it does not, whatever the answer leaves out.
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
  // Only a client that names the parameter can be asked for less (section 7.1.2.2).
  const isClientBound = clientMaxWindowBits !== undefined;
  if (!isClientBound && policy.clientMaxWindowBits < WINDOW_BITS_MAX) return undefined;
  const clientBits = Math.min(
    typeof clientMaxWindowBits === 'number' ? clientMaxWindowBits : WINDOW_BITS_MAX,
    policy.clientMaxWindowBits,
  );
  return writeDeflateParameters({
    serverNoContextTakeover: offer.serverNoContextTakeover || policy.serverNoContextTakeover,
    clientNoContextTakeover: offer.clientNoContextTakeover || policy.clientNoContextTakeover,
    // A limit that was asked for is confirmed, whatever it is (section 7.1.2.1).
    serverMaxWindowBits: serverMaxWindowBits === undefined ? belowMax(serverBits) : serverBits,
    clientMaxWindowBits: belowMax(clientBits),
  });
}

/** A limit that says something. */
function belowMax(bits: number): number | undefined {
  return bits < WINDOW_BITS_MAX ? bits : undefined;
}
