/** TLS on the server's own port. */
import { Buffer } from 'node:buffer';
import { WebSocketError } from '../../protocol/errors.ts';
import { type Certificate, type CertificateFiles, checkCertificate } from '../tls/certificate.ts';

/** With a certificate in either form. */
export interface TlsOptions {
  /**
   * Whether clients must show a certificate that one of the authorities has signed; the TLS
   * handshake of others fails. It needs `ca` or `caFile`. Default `false`.
   */
  readonly requireClientCert?: boolean;
  /** The ciphers that are offered, in OpenSSL's form. Default: Node's own choice. */
  readonly ciphers?: string;
}

export interface CertificateFileOptions {
  /**
   * Time between two looks at the files, in milliseconds. Range 0 to 86,400,000; 0 never
   * looks. Default 60,000: certificates are renewed days before they expire.
   */
  readonly watchInterval?: number;
}

/** PEM, checked at construction, or files, checked by `listen` and looked at again. */
export type TlsSettings = TlsOptions & (Certificate | (CertificateFiles & CertificateFileOptions));

export const WATCH_INTERVAL_DEFAULT_MS = 60_000;
const DAY_MS = 86_400_000;

/** @throws {WebSocketError} `INVALID_ARGUMENT`, naming what is wrong. */
export function checkTlsSettings(tls: TlsSettings | undefined): void {
  if (tls === undefined) return;
  if (typeof tls !== 'object' || tls === null) refuse('is no object with cert and key');
  if ('certFile' in tls) {
    const { certFile, keyFile, watchInterval = WATCH_INTERVAL_DEFAULT_MS } = tls;
    if (typeof certFile !== 'string' || typeof keyFile !== 'string') {
      refuse('needs certFile and keyFile');
    }
    if (!Number.isInteger(watchInterval) || watchInterval < 0 || watchInterval > DAY_MS) {
      refuse(
        `has a watchInterval of ${watchInterval}; allowed: a whole number from 0 to ${DAY_MS}`,
      );
    }
  } else if (isPem(tls.cert) && isPem(tls.key)) {
    checkCertificate(tls);
  } else {
    refuse('needs cert and key, or certFile and keyFile');
  }
  const authorities = 'certFile' in tls ? tls.caFile : tls.ca;
  if (tls.requireClientCert === true && authorities === undefined) {
    refuse('asks clients for certificates without ca or caFile to check them by');
  }
}

function isPem(value: unknown): boolean {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

function refuse(fault: string): never {
  throw new WebSocketError(`option tls ${fault}`, 'INVALID_ARGUMENT');
}
