/** Route for the export of a user's own data. */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import { networkOf } from '../limits/network-of.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import type { RequestGuard } from '../request/request-guard.ts';
import { requireIdentity } from '../request/require-user.ts';

export function addExportRoute(
  app: FastifyInstance,
  {
    chat,
    requestAuthenticator,
    requestGuard,
  }: {
    readonly chat: Pick<Chat, 'accountExport'>;
    readonly requestAuthenticator: RequestAuthenticator;
    readonly requestGuard: RequestGuard;
  },
): void {
  app.get('/api/me/export', async ({ raw }, reply) => {
    const identity = await requireIdentity(requestAuthenticator, raw);
    // Few servers ever need it.
    const { zipOf } = await import('../response/zip-of.ts');
    const archive = await chat.accountExport.begin(identity, {
      network: networkOf(requestGuard.clientInfoOf(raw).address),
      end: () => raw.destroy(),
      pack: zipOf,
    });
    reply.header('content-disposition', 'attachment; filename="parley-export.zip"');
    reply.header('cache-control', 'no-store').type('application/zip');
    return reply.send(Readable.from(archive));
  });
}
