/** Routes for blocks: users whose direct messages a user does not want. */
import { ChatError, type UserId } from '@parley/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { toPublicUser } from '../response/public-user.ts';

interface BlockRoutesOptions {
  readonly chat: Pick<Chat, 'blocks'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

interface BlockParams {
  readonly userId: UserId;
}

export function addBlockRoutes(app: FastifyInstance, options: BlockRoutesOptions): void {
  const { chat, requestAuthenticator } = options;
  const userOf = ({ raw }: FastifyRequest) => requireUser(requestAuthenticator, raw);

  app.get('/api/blocks', async (request) => {
    const page = pageOf(request, ['after']);
    const blocked = await chat.blocks.listBlocked(await userOf(request), page);
    return toListBody('users', blocked, toPublicUser);
  });
  app.put('/api/blocks/:userId', async (request) => {
    const user = await userOf(request);
    await chat.blocks.block(user, (request.params as BlockParams).userId);
    return { success: true };
  });
  app.delete('/api/blocks/:userId', async (request) => {
    const user = await userOf(request);
    const wasBlocked = await chat.blocks.unblock(user, (request.params as BlockParams).userId);
    if (!wasBlocked) throw new ChatError('NOT_FOUND', { field: 'userId' });
    return { success: true };
  });
}
