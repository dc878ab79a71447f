/** Routes for the user's privacy: who reaches them, and what is shown of them. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';

interface PrivacyRoutesOptions {
  readonly chat: Pick<Chat, 'privacy'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addPrivacyRoutes(app: FastifyInstance, options: PrivacyRoutesOptions): void {
  const { chat, requestAuthenticator } = options;
  const userOf = ({ raw }: FastifyRequest) => requireUser(requestAuthenticator, raw);

  app.get('/api/privacy', async (request) => chat.privacy.find(await userOf(request)));
  app.put('/api/privacy', async (request) => {
    const user = await userOf(request);
    return chat.privacy.set(user, bodyOf(request, 'privacy'));
  });
}
