/** Where a server listens, with TLS or without, and how it handles ordinary HTTP requests there. */
import { Buffer } from 'node:buffer';
import type { RequestListener } from 'node:http';
import { argumentError } from '../../protocol/errors.ts';
import { type Certificate, type CertificateFiles, checkCertificate } from '../tls/certificate.ts';
import { checkInteger, integer, optional, optionalFunction } from './option-table.ts';

/** TLS options that apply to both forms of certificate. */
interface TlsOptions {
  /**
   * Whether clients must present a certificate signed by one of the authorities; otherwise the TLS
   * handshake fails. Requires `ca` or `caFile`. Default `false`.
   */
  readonly requireClientCert?: boolean;
  /** Ciphers to offer, in OpenSSL's format. Default: the ciphers of Node. */
  readonly ciphers?: string;
}

interface CertificateFileOptions {
  /**
   * Milliseconds between two checks of the files. Range 0 to 86,400,000; 0 turns the checks off.
   * Default 60,000: certificates are renewed days before they expire.
   */
  readonly watchInterval?: number;
}

/** PEM, checked at construction, or files, checked by `listen` and watched for changes. */
export type TlsSettings = TlsOptions & (Certificate | (CertificateFiles & CertificateFileOptions));

export const WATCH_INTERVAL_DEFAULT_MS = 60_000;

export const LISTEN_OPTIONS = Object.freeze({
  /** Port that `listen` binds by default; 0 picks a free port. Range 0 to 65,535. Default 8080. */
  port: integer(8080, [0, 65_535]),

  /** Address that `listen` binds. Default: all addresses of the machine. */
  host: optional<string>('an address', (value) => typeof value === 'string'),

  /**
   * Certificate of the server's own port, which then speaks TLS 1.2 or later. Default `undefined`:
   * plain HTTP, as behind a proxy that terminates TLS.
   */
  tls: { initial: undefined as TlsSettings | undefined, check: checkTls },

  /**
   * Handler of ordinary HTTP requests on the server's own port. Requests must arrive within
   * `handshakeTimeout`. Failed upgrades (requests with a WebSocket key or version) are rejected
   * before they reach it. If it throws or rejects, the server emits `error` and responds with 500.
   * Default `undefined`: all requests get 426.
   */
  handleRequest: optionalFunction<RequestListener>(),
});

function checkTls(name: string, value: unknown): void {
  // The types of the fields are checked as they are used.
  const tls = value as TlsSettings;
  if (typeof tls !== 'object' || tls === null) rejectTls('must be an object with cert and key');
  if ('certFile' in tls) {
    const { certFile, keyFile, watchInterval = WATCH_INTERVAL_DEFAULT_MS } = tls;
    if (typeof certFile !== 'string' || typeof keyFile !== 'string') {
      rejectTls('needs certFile and keyFile');
    }
    checkInteger(`${name}.watchInterval`, watchInterval, [0, 86_400_000]);
  } else if (isPem(tls.cert) && isPem(tls.key)) {
    checkCertificate(tls);
  } else {
    rejectTls('needs cert and key, or certFile and keyFile');
  }
  const authorities = 'certFile' in tls ? tls.caFile : tls.ca;
  if (tls.requireClientCert === true && authorities === undefined) {
    rejectTls('requires client certificates, but has neither ca nor caFile');
  }
}

function isPem(value: unknown): boolean {
  return typeof value === 'string' || Buffer.isBuffer(value);
}

function rejectTls(problem: string): never {
  throw argumentError(`option tls ${problem}`);
}
