/**
 * Replaces a certificate with a renewed one for new connections, while the server runs. If it is
 * unusable, the old one stays. Files are polled: notifications of the system get lost if
 * certificates are mounted or linked.
 */
import { stat } from 'node:fs/promises';
import type { Server } from 'node:tls';
import { type Clock, systemClock, type Timer } from '../clock.ts';
import {
  type CertificateFacts,
  type CertificateFiles,
  checkCertificate,
  readCertificate,
} from './certificate.ts';

export interface CertificateWatchOptions {
  readonly files: CertificateFiles;
  /** Time between two checks, in milliseconds. */
  readonly intervalMs: number;
  /** Default: that of the system. */
  readonly clock?: Clock;
  /** A new certificate is in use. */
  handleChange(facts: CertificateFacts): void;
  /** The files are unusable, and the old certificate stays. Reported once for each change. */
  handleError(error: unknown): void;
}

export class CertificateWatch {
  readonly #server: Pick<Server, 'setSecureContext'>;
  readonly #options: CertificateWatchOptions;
  readonly #timer: Timer;
  /** The state of the files at the last check; at first that at construction. */
  #seen: Promise<string>;
  #check: Promise<void> | undefined;

  constructor(server: Pick<Server, 'setSecureContext'>, options: CertificateWatchOptions) {
    this.#server = server;
    this.#options = options;
    this.#seen = this.#stamp();
    const { clock = systemClock, intervalMs } = options;
    this.#timer = clock.setInterval(() => void this.check(), intervalMs);
  }

  /** Checks the files now. Never rejects; calls during a check share it. */
  async check(): Promise<void> {
    await this.#check;
    this.#check ??= this.#compare().finally(() => {
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
    if ((await this.#seen) === seen) return;
    const { files, handleChange, handleError } = this.#options;
    let facts: CertificateFacts;
    try {
      const certificate = await readCertificate(files);
      facts = checkCertificate(certificate);
      // A pair that does not match yet is rejected above, and checked when the second file changes.
      this.#server.setSecureContext({ ...certificate });
    } catch (error) {
      handleError(error);
      return;
    }
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
