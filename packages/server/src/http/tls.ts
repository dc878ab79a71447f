/** TLS of the server itself, for where no proxy ends it. */
import type { RequestListener, Server } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import {
  type Certificate,
  type CertificateFiles,
  CertificateWatch,
  checkCertificate,
  readCertificate,
  systemClock,
} from '@parley/websocket';
import type { Logger } from '../ports/logger.ts';

const LOOK_INTERVAL_MS = 60_000;

/** @throws for files that cannot be read, do not belong together, or are not valid now. */
export async function loadCertificate(files: CertificateFiles): Promise<Certificate> {
  const certificate = await readCertificate(files);
  checkCertificate(certificate);
  return certificate;
}

/** TLS 1.2 or later. */
export function createTlsServer(
  options: Certificate & ServerOptions,
  handler: RequestListener,
): Server {
  const server = createServer({ ...options, minVersion: 'TLSv1.2' }, handler);
  // Without TLS no answer can be sent, and a socket that waits for one stays open.
  return server.on('tlsClientError', (_error, socket) => socket.destroy());
}

/** Takes the certificate up when the files are renewed; returns how to stop that. */
export function followCertificate(
  server: Server,
  files: CertificateFiles,
  logger: Logger,
): () => void {
  if (!('setSecureContext' in server)) return () => {};
  // Only servers that speak TLS have the method.
  const watch = new CertificateWatch(server as ReturnType<typeof createServer>, {
    files,
    intervalMs: LOOK_INTERVAL_MS,
    clock: systemClock,
    handleChange: ({ subject, validTo }) =>
      logger.record({ event: 'certificate.changed', subject, validTo: validTo.toISOString() }),
    handleError: (error) => logger.record({ event: 'certificate.refused', error }),
  });
  return () => watch.close();
}
