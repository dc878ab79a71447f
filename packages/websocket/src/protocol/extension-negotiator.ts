/**
 * Chooses extensions from what a client offers. The engine hands in the list of
 * those it has; without agreement frames stay plain.
 *
 * Source: RFC 6455 section 9.1. Requirements WS-033, WS-264 to WS-266.
 */
import {
  type ExtensionOffer,
  type ExtensionParameter,
  formatExtension,
} from './extension-header.ts';

export interface Extension {
  readonly name: string;
  /** The RSV bits that it marks messages with: 0x40, 0x20, 0x10. */
  readonly reservedBits: number;
  /** The parameters of the answer, or `undefined` to decline this offer. */
  accept(parameters: readonly ExtensionParameter[]): readonly ExtensionParameter[] | undefined;
}

export interface ExtensionAgreement {
  /** The value of the answer's header; `undefined` when nothing was agreed. */
  readonly header: string | undefined;
  readonly agreed: readonly ExtensionOffer[];
  readonly reservedBits: number;
}

/**
 * In the server's order of preference; of several offers of one extension the
 * first acceptable one counts. Two extensions never share a reserved bit.
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
