/** Routes for the user's privacy setting: who may invite them without asking. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { requireUser } from '../request/request-guard.ts';
import { bodyOf } from '../request/route-body.ts';
import type { ReceivedInvitationRoutesOptions } from './received-invitation-routes.ts';

export function addPrivacyRoutes(
  app: FastifyInstance,
  options: ReceivedInvitationRoutesOptions,
): void {
  const { chat, requestGuard } = options;
  const { invitations } = chat;
  const userOf = ({ raw }: FastifyRequest) => requireUser(requestGuard, raw);

  app.get('/api/privacy', async (request) => invitations.findPrivacy(await userOf(request)));
  app.put('/api/privacy', async (request) => {
    const user = await userOf(request);
    const privacy = bodyOf(request, 'privacy');
    await invitations.setPrivacy(user, privacy);
    return privacy;
  });
}
