/** Routes for the user's own invitations to workspaces and groups. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { ListedInvitation } from '../../model/invitation.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';

interface ReceivedInvitationRoutesOptions {
  readonly chat: Pick<Chat, 'invitations'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addReceivedInvitationRoutes(
  app: FastifyInstance,
  options: ReceivedInvitationRoutesOptions,
): void {
  const { chat, requestAuthenticator } = options;
  const { invitations } = chat;
  const userOf = ({ raw }: FastifyRequest) => requireUser(requestAuthenticator, raw);
  const idOf = ({ params }: FastifyRequest): string => (params as { readonly id: string }).id;

  app.get('/api/invitations', async (request) => {
    const page = pageOf(request, ['after']);
    const listed = await invitations.list(await userOf(request), page);
    return toListBody('invitations', listed, toInvitationBody);
  });
  app.post('/api/invitations/:id/accept', async (request) => {
    await invitations.accept(await userOf(request), idOf(request));
    return { success: true };
  });
  app.delete('/api/invitations/:id', async (request) => {
    await invitations.decline(await userOf(request), idOf(request));
    return { success: true };
  });
}

/** `id` is the id of the workspace or group. */
function toInvitationBody({ invitation, name, inviter }: ListedInvitation): Answer<'invitation'> {
  const { target, createdAtMs } = invitation;
  return {
    id: target.id,
    kind: target.kind,
    name,
    ...(target.kind === 'workspace' ? { role: target.role } : {}),
    inviter: { userId: inviter.id, username: inviter.username },
    createdAt: new Date(createdAtMs).toISOString(),
  };
}
