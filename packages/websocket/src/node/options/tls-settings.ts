/** TLS on the server's own port. */
import { Buffer } from 'node:buffer';
import { argumentError } from '../../protocol/errors.ts';
import { type Certificate, type CertificateFiles, checkCertificate } from '../tls/certificate.ts';
import { checkInteger, type Option } from './option-table.ts';

/** TLS options that apply to both forms of certificate. */
export interface TlsOptions {
  /**
   * Whether clients must present a certificate signed by one of the authorities; otherwise the TLS
   * handshake fails. Requires `ca` or `caFile`. Default `false`.
   */
  readonly requireClientCert?: boolean;
  /** Ciphers to offer, in OpenSSL's format. Default: the ciphers of Node. */
  readonly ciphers?: string;
}

export interface CertificateFileOptions {
  /**
   * Milliseconds between two checks of the files. Range 0 to 86,400,000; 0 turns the checks off.
   * Default 60,000: certificates are renewed days before they expire.
   */
  readonly watchInterval?: number;
}

/** PEM, checked at construction, or files, checked by `listen` and watched for changes. */
export type TlsSettings = TlsOptions & (Certificate | (CertificateFiles & CertificateFileOptions));

export const WATCH_INTERVAL_DEFAULT_MS = 60_000;
const DAY_MS = 86_400_000;

export const TLS_OPTION: Option<TlsSettings | undefined> = {
  initial: undefined,
  check(name, value) {
    // The types of the fields are checked as they are used.
    const tls = value as TlsSettings;
    if (typeof tls !== 'object' || tls === null) reject('must be an object with cert and key');
    if ('certFile' in tls) {
      const { certFile, keyFile, watchInterval = WATCH_INTERVAL_DEFAULT_MS } = tls;
      if (typeof certFile !== 'string' || typeof keyFile !== 'string') {
        reject('needs certFile and keyFile');
      }
      checkInteger(`${name}.watchInterval`, watchInterval, [0, DAY_MS]);
    } else if (isPem(tls.cert) && isPem(tls.key)) {
      checkCertificate(tls);
    } else {
      reject('needs cert and key, or certFile and keyFile');
    }
    const authorities = 'certFile' in tls ? tls.caFile : tls.ca;
    if (tls.requireClientCert === true && authorities === undefined) {
      reject('requires client certificates, but has neither ca nor caFile');
    }
  },
};

function isPem(value: unknown): boolean {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

function reject(problem: string): never {
  throw argumentError(`option tls ${problem}`);
}
