/** A server's certificate and key: read from files, and checked before they are used. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { argumentError } from '../../protocol/errors.ts';

/** PEM, as text or as the bytes of a file. */
export interface Certificate {
  /** The server's certificate, perhaps followed by those between it and the root. */
  readonly cert: string | Buffer;
  /** The private key that belongs to it. */
  readonly key: string | Buffer;
  /** Passphrase of the key, if it is encrypted. */
  readonly passphrase?: string | undefined;
  /** The authorities whose client certificates are accepted. */
  readonly ca?: string | Buffer | undefined;
}

/** Paths of PEM files. */
export interface CertificateFiles {
  /** As `cert`, in a file. */
  readonly certFile: string;
  /** As `key`, in a file. */
  readonly keyFile: string;
  /** Passphrase of the key, if it is encrypted. */
  readonly passphrase?: string | undefined;
  /** As `ca`, in a file. */
  readonly caFile?: string | undefined;
}

/** The public facts of a certificate. */
export interface CertificateFacts {
  readonly subject: string;
  readonly validFrom: Date;
  readonly validTo: Date;
  /** SHA-256, in hexadecimal with colons. */
  readonly fingerprint: string;
}

/** @throws {WebSocketError} `INVALID_ARGUMENT`, naming the file that cannot be read. */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const { certFile, keyFile, caFile, passphrase } = files;
  const [cert, key, ca] = await Promise.all([
    readText(certFile),
    readText(keyFile),
    caFile === undefined ? undefined : readText(caFile),
  ]);
  return { cert, key, ca, passphrase };
}

/**
 * Checks that it is usable now: both texts can be read, belong together, and the certificate is
 * within its validity period.
 *
 * @param nowMs Milliseconds since 1970: certificates use calendar time.
 * @throws {WebSocketError} `INVALID_ARGUMENT`, saying which of these checks failed.
 */
export function checkCertificate(certificate: Certificate, nowMs = Date.now()): CertificateFacts {
  const { cert, key: pem, passphrase } = certificate;
  const x509 = attempt(() => new X509Certificate(cert), 'the certificate is not a PEM certificate');
  const key = attempt(
    () => createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase }),
    'the key is not a PEM private key, or its passphrase is wrong',
  );
  const validFrom = new Date(x509.validFrom);
  const validTo = new Date(x509.validTo);
  if (!x509.checkPrivateKey(key)) throw argumentError('the key does not belong to the certificate');
  if (nowMs < validFrom.getTime()) {
    throw argumentError(`the certificate is not valid before ${validFrom.toISOString()}`);
  }
  if (nowMs >= validTo.getTime()) {
    throw argumentError(`the certificate has expired at ${validTo.toISOString()}`);
  }
  attempt(() => createSecureContext({ ...certificate }), 'the certificate cannot be used for TLS');
  return { subject: x509.subject, validFrom, validTo, fingerprint: x509.fingerprint256 };
}

function attempt<Result>(call: () => Result, problem: string): Result {
  try {
    return call();
  } catch (cause) {
    throw argumentError(problem, { cause });
  }
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    throw argumentError(`${path} cannot be read`, { cause });
  });
}
