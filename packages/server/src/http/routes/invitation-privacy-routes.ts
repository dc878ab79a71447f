/** Routes for the user's privacy setting: who may invite them without asking. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';

interface InvitationPrivacyRoutesOptions {
  readonly chat: Pick<Chat, 'invitationPrivacy'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addInvitationPrivacyRoutes(
  app: FastifyInstance,
  options: InvitationPrivacyRoutesOptions,
): void {
  const { chat, requestAuthenticator } = options;
  const { invitationPrivacy } = chat;
  const userOf = ({ raw }: FastifyRequest) => requireUser(requestAuthenticator, raw);

  app.get('/api/privacy', async (request) => invitationPrivacy.find(await userOf(request)));
  app.put('/api/privacy', async (request) => {
    const user = await userOf(request);
    const privacy = bodyOf(request, 'privacy');
    await invitationPrivacy.set(user, privacy);
    return privacy;
  });
}
