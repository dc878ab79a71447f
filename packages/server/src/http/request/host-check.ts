/** Rejects requests whose `Host` header is invalid or names another server. */
import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/protocol';
import { requestPath } from '@parley/websocket/http';
import type { Logger } from '../../ports/logger.ts';
import { type HostMatcher, hostnameOf } from './allowed-hosts.ts';
import type { ClientInfo } from './client-info.ts';

/** Answers for any host: it reports only that the process is alive, and load balancers send any `Host`. */
const HEALTH_PATH = '/health';
const HOST_REJECTED =
  'This host name is not allowed. The operator of this server can allow it with ALLOWED_HOSTS=chat.example.org';

/** Maximum length of a DNS name. */
const HOST_LENGTH_MAX = 253;

export class HostCheck {
  readonly #isHostAllowed: HostMatcher;
  readonly #logger: Logger;

  constructor(dependencies: {
    readonly isHostAllowed: HostMatcher;
    readonly logger: Logger;
  }) {
    this.#isHostAllowed = dependencies.isHostAllowed;
    this.#logger = dependencies.logger;
  }

  /**
   * @throws {ChatError} VALIDATION_ERROR for a host that is invalid or given twice,
   * FORBIDDEN for a host name of another server.
   */
  check(request: IncomingMessage, { host, address }: ClientInfo): void {
    checkHostHeader(request);
    if (host === undefined || requestPath(request.url) === HEALTH_PATH) return;
    const hostname = hostnameOf(host);
    if (hostname !== undefined && this.#isHostAllowed(hostname)) return;
    const shown = (hostname ?? '').slice(0, HOST_LENGTH_MAX);
    this.#logger.record({ event: 'host.refused', address, host: shown });
    throw new ChatError('FORBIDDEN', { message: HOST_REJECTED });
  }
}

/** RFC 9112, section 3.2. */
function checkHostHeader({ headers: { host }, rawHeaders, httpVersion }: IncomingMessage): void {
  const count = countOf(rawHeaders, 'host');
  const isMissing = count === 0 && httpVersion === '1.1';
  if (!isMissing && count < 2 && (host === undefined || hostnameOf(host) !== undefined)) return;
  throw new ChatError('VALIDATION_ERROR', {
    message: "The header 'Host' must be given exactly once and be valid",
  });
}

/** Counts headers in the raw list, because Node keeps only the first of several. */
function countOf(rawHeaders: readonly string[], wanted: string): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === wanted) count += 1;
  }
  return count;
}
