/** Verifies answers of authenticators with `@simplewebauthn/server`. */
import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { PASSKEY_ALGORITHMS } from '../model/passkey.ts';
import type { PasskeyVerifier } from '../ports/passkey-verifier.ts';

export function passkeyVerifier({
  site,
  origins,
}: {
  readonly site: string;
  readonly origins: readonly string[];
}): PasskeyVerifier {
  const expected = { expectedOrigin: [...origins], expectedRPID: site };
  return {
    site,
    verifyNew: (answer, isExpected) =>
      undefinedIfThrown(async () => {
        const { attestationObject } = answer.response;
        if (hasCertificates(attestationObject)) return undefined;
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          ...expected,
          response: { ...answer, clientExtensionResults: {} } as RegistrationResponseJSON,
          expectedChallenge: isExpected,
          supportedAlgorithmIDs: [...PASSKEY_ALGORITHMS],
        });
        if (!verified || registrationInfo === undefined) return undefined;
        const { id: credentialId, publicKey, counter } = registrationInfo.credential;
        // The id that was signed, which the library does not compare.
        if (credentialId !== answer.id) return undefined;
        return {
          ...{ credentialId, counter },
          publicKey: Buffer.from(publicKey).toString('base64url'),
        };
      }),
    verify: (answer, { credentialId: id, publicKey, counter }, isExpected) =>
      undefinedIfThrown(async () => {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          ...expected,
          response: { ...answer, clientExtensionResults: {} } as AuthenticationResponseJSON,
          expectedChallenge: isExpected,
          credential: {
            id,
            counter,
            publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')),
          },
        });
        return verified ? authenticationInfo.newCounter : undefined;
      }),
  };
}

/**
 * Whether a maker vouches for the authenticator, for which this server never asks: the library would
 * request the lists of revoked certificates from addresses that the client has chosen.
 */
function hasCertificates(attestationObject: string): boolean {
  const decoded = decodeAttestationObject(
    new Uint8Array(Buffer.from(attestationObject, 'base64url')),
  );
  const format = decoded.get('fmt');
  return (
    format !== 'none' && (format !== 'packed' || decoded.get('attStmt').get('x5c') !== undefined)
  );
}

/** The library throws for every answer that is not valid. */
async function undefinedIfThrown<Value>(
  verify: () => Promise<Value | undefined>,
): Promise<Value | undefined> {
  try {
    return await verify();
  } catch {
    return undefined;
  }
}
