/** Routes for the name of the server, and for reading both; the logo is a file, of `file-routes.ts`. */
import type { FastifyInstance } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireIdentity } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';
import { toServerProfileBody } from '../response/server-profile-body.ts';

interface ServerProfileRoutesOptions {
  readonly chat: Pick<Chat, 'serverProfiles'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addServerProfileRoutes(
  app: FastifyInstance,
  { chat: { serverProfiles }, requestAuthenticator }: ServerProfileRoutesOptions,
): void {
  app.get('/api/server', async () => ({
    server: toServerProfileBody(await serverProfiles.read()),
  }));
  app.patch('/api/admin/server', async (request) => {
    const identity = await requireIdentity(requestAuthenticator, request.raw);
    const { name } = bodyOf(request, 'serverChange');
    return { server: toServerProfileBody(await serverProfiles.setName(identity, name)) };
  });
  app.delete('/api/admin/server/logo', async ({ raw }) => {
    const identity = await requireIdentity(requestAuthenticator, raw);
    return { server: toServerProfileBody(await serverProfiles.removeLogo(identity)) };
  });
}
