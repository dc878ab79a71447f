/**
 * Chooses extensions from a client's offers. The engine passes the list of extensions
 * that it supports; without an agreement frames stay uncompressed.
 *
 * Source: RFC 6455 section 9.1.
 */
import {
  type ExtensionOffer,
  type ExtensionParameter,
  formatExtension,
} from './extension-header.ts';

export interface Extension {
  readonly name: string;
  /** The RSV bits that mark its messages: 0x40, 0x20, 0x10. */
  readonly reservedBits: number;
  /** The parameters of the answer, or `undefined` to decline this offer. */
  accept(parameters: readonly ExtensionParameter[]): readonly ExtensionParameter[] | undefined;
}

export interface ExtensionAgreement {
  /** The value of the response header; `undefined` if nothing was agreed. */
  readonly header: string | undefined;
  readonly agreed: readonly ExtensionOffer[];
  readonly reservedBits: number;
}

/**
 * Negotiates in the server's order of preference; of several offers of one extension the
 * first acceptable offer is used. Two extensions never share a reserved bit.
 */
export function negotiateExtensions(
  offers: readonly ExtensionOffer[],
  supported: readonly Extension[],
): ExtensionAgreement {
  const agreed: ExtensionOffer[] = [];
  let reservedBits = 0;
  for (const extension of supported) {
    if ((extension.reservedBits & reservedBits) !== 0) continue;
    const parameters = firstAccepted(extension, offers);
    if (parameters === undefined) continue;
    agreed.push({ name: extension.name, parameters });
    reservedBits |= extension.reservedBits;
  }
  return {
    header: agreed.length === 0 ? undefined : agreed.map(formatExtension).join(', '),
    agreed,
    reservedBits,
  };
}

function firstAccepted(
  extension: Extension,
  offers: readonly ExtensionOffer[],
): readonly ExtensionParameter[] | undefined {
  for (const offer of offers) {
    if (offer.name !== extension.name) continue;
    const parameters = extension.accept(offer.parameters);
    if (parameters !== undefined) return parameters;
  }
  return undefined;
}
