/**
 * The parameters of permessage-deflate, their negotiation, and the settings of each end (RFC 7692
 * section 7.1). It is the only extension (RFC 6455 section 9.1).
 */
import {
  type ExtensionOffer,
  type ExtensionParameter,
  formatExtension,
} from './extension-header.ts';
import type { Role } from './role.ts';

export const DEFLATE_NAME = 'permessage-deflate';

/** RSV1 at its position in the first byte of a frame; marks a compressed message (section 6). */
export const COMPRESSED_BIT = 0x40;

/** An LZ77 window has 2^8 to 2^15 bytes. */
export const WINDOW_BITS_MAX = 15;

/** The smallest window that zlib compresses with; asked for 8, zlib uses 9, as most peers do. */
export const ZLIB_WINDOW_BITS_MIN = 9;

/** The limits that this end wants; the same four for a server and a client. */
export interface DeflatePolicy {
  readonly serverNoContextTakeover: boolean;
  readonly clientNoContextTakeover: boolean;
  readonly serverMaxWindowBits: number;
  readonly clientMaxWindowBits: number;
}

/** `true`: without a value; `undefined`: absent. */
interface DeflateParameters {
  readonly serverNoContextTakeover?: boolean;
  readonly clientNoContextTakeover?: boolean;
  readonly serverMaxWindowBits?: number | undefined;
  /** Has no value only in an offer. */
  readonly clientMaxWindowBits?: number | true | undefined;
}

export interface DeflateContext {
  readonly windowBits: number;
  /** Whether a message may refer back to earlier messages. */
  readonly isKept: boolean;
}

export interface DeflateOptions {
  readonly inbound: DeflateContext;
  readonly outbound: DeflateContext;
}

/** Names and values of each parameter, empty if it has none (sections 7.1.2.1, 7.1.2.2). */
const PARAMETERS = [
  ['server_no_context_takeover', 'serverNoContextTakeover', /^$/],
  ['client_no_context_takeover', 'clientNoContextTakeover', /^$/],
  ['server_max_window_bits', 'serverMaxWindowBits', /^(?:[89]|1[0-5])$/],
  ['client_max_window_bits', 'clientMaxWindowBits', /^(?:|[89]|1[0-5])$/],
] as const;

/** Answers the first of the client's compression offers that can be met, if any. */
export function negotiateDeflate(policy: DeflatePolicy, offers: readonly ExtensionOffer[]) {
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
      ...policy,
      serverMaxWindowBits: belowMax(serverMaxWindowBits),
      // Always present: it tells the server that it may ask this client for a smaller window.
      clientMaxWindowBits: belowMax(clientMaxWindowBits) ?? true,
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
  const serverBits = answer.serverMaxWindowBits ?? WINDOW_BITS_MAX;
  const clientBits = answer.clientMaxWindowBits ?? policy.clientMaxWindowBits;
  if (policy.serverNoContextTakeover && !answer.serverNoContextTakeover) return undefined;
  if (serverBits > policy.serverMaxWindowBits) return undefined;
  if (clientBits === true || clientBits > policy.clientMaxWindowBits) return undefined;
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

function answerOffer(policy: DeflatePolicy, parameters: readonly ExtensionParameter[]) {
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

/** Returns `undefined` for a parameter that is unknown, repeated, or has an invalid value. */
export function readDeflateParameters(parameters: readonly ExtensionParameter[]) {
  const found: Record<string, number | true> = {};
  for (const { name, value } of parameters) {
    const [, key = '', allowed] = PARAMETERS.find(([known]) => known === name) ?? [];
    if (allowed?.test(value ?? '') !== true || key in found) return undefined;
    found[key] = value === undefined || Number(value);
  }
  // The table allows numbers for the two windows only.
  return found as DeflateParameters;
}

export function writeDeflateParameters(parameters: DeflateParameters): ExtensionParameter[] {
  return PARAMETERS.flatMap(([name, key]) => {
    const value = parameters[key];
    if (value === undefined || value === false) return [];
    return typeof value === 'number' ? { name, value: String(value) } : { name };
  });
}

/** Derives the settings of the end with this role from a server's answer. */
export function toDeflateOptions(answer: DeflateParameters, role: Role): DeflateOptions {
  const server = toContext(answer.serverMaxWindowBits, answer.serverNoContextTakeover);
  const client = toContext(answer.clientMaxWindowBits, answer.clientNoContextTakeover);
  return role === 'server'
    ? { inbound: client, outbound: server }
    : { inbound: server, outbound: client };
}

function toContext(bits: number | true | undefined, isDropped = false): DeflateContext {
  return { windowBits: typeof bits === 'number' ? bits : WINDOW_BITS_MAX, isKept: !isDropped };
}
