/** Routes for operators: the metrics, and the open connections of this process. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ChatError } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/chat-connection.ts';
import { isServerAdmin, shownName } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Answer } from '../openapi/answer-records.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import type { RequestGuard } from '../request/request-guard.ts';
import { requireUser } from '../request/require-user.ts';

export interface OperatorRoutesOptions {
  readonly chat: Pick<Chat, 'connections'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly requestGuard: RequestGuard;
  readonly requestAuthenticator: RequestAuthenticator;
  readonly metrics: {
    /** In the text format of Prometheus. */
    readonly text: () => Promise<string>;
    readonly contentType: string;
    /** With which other machines may read them. */
    readonly token: string | undefined;
  };
}

/** Maximum number of connections in one answer; the newest are left out. */
const CONNECTIONS_MAX = 10_000;

export function addOperatorRoutes(app: FastifyInstance, options: OperatorRoutesOptions): void {
  const { chat, clock, metrics, requestAuthenticator } = options;
  app.get('/metrics', async ({ raw }, reply) => {
    requireScraper(raw, options);
    return reply.type(metrics.contentType).send(await metrics.text());
  });
  app.get('/debug/connections', async ({ raw }) => {
    const user = await requireUser(requestAuthenticator, raw);
    if (!isServerAdmin(user)) throw new ChatError('FORBIDDEN');
    const nowMs = clock.nowMs();
    const connections = [];
    for (const connection of chat.connections.values()) {
      if (connections.length === CONNECTIONS_MAX) break;
      connections.push(describe(connection, nowMs));
    }
    return {
      connections,
      totalConnections: chat.connections.count,
      hasMore: chat.connections.count > connections.length,
    };
  });
}

/** @throws {ChatError} UNAUTHENTICATED for a wrong token, FORBIDDEN if the setting has none. */
function requireScraper(
  request: IncomingMessage,
  { requestGuard, metrics: { token } }: OperatorRoutesOptions,
): void {
  if (requestGuard.isFromThisMachine(request)) return;
  if (token === undefined) {
    throw new ChatError('FORBIDDEN', { message: 'Set METRICS_TOKEN to read the metrics remotely' });
  }
  const [, given = ''] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (!timingSafeEqual(digestOf(given), digestOf(token))) throw new ChatError('UNAUTHENTICATED');
}

/** Digests have one length, which the comparison requires. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function describe(
  { id, user, link, openRooms }: ChatConnection,
  nowMs: number,
): Answer<'connection'> {
  const { dialect, address, openForMs } = link.about;
  return {
    id,
    user: { id: user.id, username: user.username, ...shownName(user) },
    dialect,
    address,
    openedAt: new Date(nowMs - openForMs).toISOString(),
    rooms: openRooms.map(({ stream }) => stream.room.id),
    bufferedBytes: link.bufferedBytes,
  };
}
