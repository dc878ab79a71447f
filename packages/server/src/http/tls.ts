/** TLS of the server itself, for deployments without a TLS-terminating proxy. */
import type { RequestListener, Server } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import {
  type Certificate,
  type CertificateFiles,
  CertificateWatch,
  checkCertificate,
  readCertificate,
} from '@parley/websocket/http';
import type { Logger } from '../ports/logger.ts';

const CHECK_INTERVAL_MS = 60_000;

const SECURE_CONTEXT_OPTIONS = Object.freeze({ minVersion: 'TLSv1.2' } as const);

/** @throws if the files cannot be read, do not match, or the certificate is not valid now. */
export async function loadCertificate(files: CertificateFiles): Promise<Certificate> {
  const certificate = await readCertificate(files);
  checkCertificate(certificate);
  return certificate;
}

/** Creates a server for TLS 1.2 or later. */
export function createTlsServer(
  options: Certificate & ServerOptions,
  handler: RequestListener,
): Server {
  const server = createServer({ ...options, ...SECURE_CONTEXT_OPTIONS }, handler);
  // If the TLS handshake fails, no response can be sent; without this, the socket would stay open.
  return server.on('tlsClientError', (_error, socket) => socket.destroy());
}

/** Reloads the certificate when its files change; returns a function that stops watching. */
export function followCertificate(
  server: Server,
  files: CertificateFiles,
  logger: Logger,
): () => void {
  if (!('setSecureContext' in server)) return () => {};
  // Only TLS servers have the method.
  const watch = new CertificateWatch(server as ReturnType<typeof createServer>, {
    files,
    secureContextOptions: SECURE_CONTEXT_OPTIONS,
    intervalMs: CHECK_INTERVAL_MS,
    handleChange: ({ subject, validTo }) =>
      logger.record({ event: 'certificate.changed', subject, validTo: validTo.toISOString() }),
    handleError: (error) => logger.record({ event: 'certificate.refused', error }),
  });
  return () => watch.close();
}
