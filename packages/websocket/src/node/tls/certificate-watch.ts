/**
 * Replaces a certificate with a renewed one for new connections, while the server runs. If it is
 * unusable, the old one stays. Files are polled: notifications of the system get lost if
 * certificates are mounted or linked.
 */
import { stat } from 'node:fs/promises';
import type { SecureContextOptions, Server } from 'node:tls';
import { warn } from '../call-application.ts';
import { type Clock, systemClock, type Timer } from '../clock.ts';
import { WATCH_INTERVAL_DEFAULT_MS } from '../options/listen-options.ts';
import { checkInteger } from '../options/option-table.ts';
import {
  type CertificateFacts,
  type CertificateFiles,
  checkCertificate,
  readCertificate,
} from './certificate.ts';

export interface CertificateWatchOptions {
  readonly files: CertificateFiles;
  /**
   * The other options of the server's TLS context, such as `ca`, `ciphers` and `minVersion`: a
   * renewal resets those that are not given here. May be the options the server was created with,
   * without `pfx`; the files replace their certificate, key and, if there is a `caFile`, authorities.
   */
  readonly secureContextOptions?: SecureContextOptions;
  /** Time between two checks, in milliseconds. Range 1 to 86,400,000. Default 60,000. */
  readonly intervalMs?: number | undefined;
  /** Default: that of the system. */
  readonly clock?: Clock;
  /** A new certificate is in use. */
  handleChange(facts: CertificateFacts): void;
  /**
   * The files are unusable, and the old certificate stays. Reported once for each change of the
   * files or of the message.
   */
  handleError(error: unknown): void;
}

export class CertificateWatch {
  readonly #server: Pick<Server, 'setSecureContext'>;
  readonly #options: CertificateWatchOptions;
  readonly #timer: Timer;
  /** The state of the files at the last check; at first that at construction. */
  #seen: Promise<string>;
  /** The error of the last attempt, as text, if it failed. */
  #failure: string | undefined;
  #check: Promise<void> | undefined;

  constructor(server: Pick<Server, 'setSecureContext'>, options: CertificateWatchOptions) {
    this.#server = server;
    this.#options = options;
    this.#seen = this.#stamp();
    const { clock = systemClock, intervalMs = WATCH_INTERVAL_DEFAULT_MS } = options;
    checkInteger('intervalMs', intervalMs, [1, 86_400_000]);
    this.#timer = clock.setInterval(() => void this.check(), intervalMs);
  }

  /**
   * Checks the files now; calls during a check share the next one. Never rejects: what a handler
   * throws is a process warning.
   */
  async check(): Promise<void> {
    await this.#check;
    this.#check ??= this.#compare()
      .catch(warn)
      .finally(() => {
        this.#check = undefined;
      });
    await this.#check;
  }

  close(): void {
    this.#timer.clear();
  }

  async #compare(): Promise<void> {
    const seen = await this.#seen;
    this.#seen = this.#stamp();
    const isChanged = (await this.#seen) !== seen;
    // A cause of failure may end without a change of the files, as with permissions or dates.
    if (!isChanged && this.#failure === undefined) return;
    const { files, secureContextOptions, handleChange, handleError } = this.#options;
    let facts: CertificateFacts;
    try {
      const certificate = await readCertificate(files);
      facts = checkCertificate(certificate);
      // A pair that does not match yet is rejected above, and tried again at the next check.
      this.#server.setSecureContext({
        ...secureContextOptions,
        ...certificate,
        ca: certificate.ca ?? secureContextOptions?.ca,
      });
    } catch (error) {
      const failure = String(error);
      const isNews = isChanged || failure !== this.#failure;
      this.#failure = failure;
      if (isNews) handleError(error);
      return;
    }
    this.#failure = undefined;
    handleChange(facts);
  }

  /** A text that changes when one of the files does. */
  async #stamp(): Promise<string> {
    const { certFile, keyFile, caFile = [] } = this.#options.files;
    const stamps = [certFile, keyFile, caFile].flat().map(async (path) => {
      const { mtimeMs, size, ino } = await stat(path);
      return `${mtimeMs} ${size} ${ino}`;
    });
    return (await Promise.all(stamps.map((each) => each.catch(() => 'missing')))).join();
  }
}
