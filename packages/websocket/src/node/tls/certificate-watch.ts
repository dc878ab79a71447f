/**
 * Puts a renewed certificate in the place of the old one, while the server runs.
 *
 * Connections that are open keep what they agreed on; new ones get the new certificate. One that
 * cannot be used is reported, and the old one stays. Files are looked at rather than watched by
 * the system, whose notices get lost where certificates are mounted or linked.
 *
 * Requirement WS-279.
 */
import { stat } from 'node:fs/promises';
import type { Server } from 'node:tls';
import type { Clock, Timer } from '../clock.ts';
import {
  type CertificateFacts,
  type CertificateFiles,
  checkCertificate,
  readCertificate,
} from './certificate.ts';

export interface CertificateWatchOptions {
  readonly files: CertificateFiles;
  /** Between two looks, in milliseconds. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** A new certificate is in use. */
  handleChange(facts: CertificateFacts): void;
  /** What the files hold cannot be used, and the old certificate stays. Told once for each change. */
  handleError(error: unknown): void;
}

export class CertificateWatch {
  readonly #server: Pick<Server, 'setSecureContext'>;
  readonly #options: CertificateWatchOptions;
  readonly #timer: Timer;
  #seen: string | undefined;
  #look: Promise<void> | undefined;

  /** The files as they are now count as known. */
  constructor(server: Pick<Server, 'setSecureContext'>, options: CertificateWatchOptions) {
    this.#server = server;
    this.#options = options;
    this.#look = this.#remember();
    this.#timer = options.clock.setInterval(() => void this.look(), options.intervalMs);
  }

  /** Looks at the files now. Never rejects; calls while one look is under way share it. */
  async look(): Promise<void> {
    await this.#look;
    this.#look ??= this.#compare().finally(() => {
      this.#look = undefined;
    });
    await this.#look;
  }

  close(): void {
    this.#timer.clear();
  }

  async #remember(): Promise<void> {
    this.#seen = await this.#stamp();
    this.#look = undefined;
  }

  async #compare(): Promise<void> {
    const stamp = await this.#stamp();
    if (stamp === this.#seen) return;
    this.#seen = stamp;
    const { files, handleChange, handleError } = this.#options;
    let facts: CertificateFacts;
    try {
      const certificate = await readCertificate(files);
      facts = checkCertificate(certificate);
      // Two files are two steps for whoever writes them: a pair that does not match yet is
      // refused above, and looked at again when the second file has changed.
      this.#server.setSecureContext({ ...certificate });
    } catch (error) {
      handleError(error);
      return;
    }
    handleChange(facts);
  }

  /** What changes when one of the files does. */
  async #stamp(): Promise<string> {
    const { certFile, keyFile, caFile = [] } = this.#options.files;
    const stamps = [certFile, keyFile, caFile].flat().map(async (path) => {
      const { mtimeMs, size, ino } = await stat(path);
      return `${mtimeMs} ${size} ${ino}`;
    });
    return (await Promise.all(stamps.map((each) => each.catch(() => 'missing')))).join();
  }
}
