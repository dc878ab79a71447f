/** Route for what concerned the user lately: the same list as over a socket. */
import { ChatError, type ServerFrames } from '@parley/protocol';
import type { FastifyInstance } from 'fastify';
import type { ActivityList } from '../../domain/activity/activity.ts';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';

export interface ActivityRouteOptions {
  readonly chat: Pick<Chat, 'activity'>;
  readonly requestAuthenticator: RequestAuthenticator;
  /** Encodes the list in the native dialect. */
  readonly encodeActivity: (list: ActivityList) => ServerFrames['activity'];
}

export function addActivityRoute(
  app: FastifyInstance,
  { chat, requestAuthenticator, encodeActivity }: ActivityRouteOptions,
): void {
  app.get('/api/activity', async ({ raw, query }) => {
    const user = await requireUser(requestAuthenticator, raw);
    const { next } = query as { readonly next?: unknown };
    if (next !== undefined && typeof next !== 'string') {
      throw new ChatError('VALIDATION_ERROR', { field: 'next' });
    }
    return encodeActivity(await chat.activity.list(user, next));
  });
}
