/** Route for what concerned the user lately: the same list as over a socket. */
import type { FastifyInstance } from 'fastify';
import type { ActivityList } from '../../domain/activity/activity.ts';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';

export interface ActivityRouteOptions {
  readonly chat: Pick<Chat, 'activity'>;
  readonly requestAuthenticator: RequestAuthenticator;
  /** Encodes the list in the native dialect. */
  readonly encodeActivity: (list: ActivityList) => readonly object[];
}

export function addActivityRoute(
  app: FastifyInstance,
  { chat, requestAuthenticator, encodeActivity }: ActivityRouteOptions,
): void {
  app.get('/api/activity', async ({ raw }) => {
    const user = await requireUser(requestAuthenticator, raw);
    return { entries: encodeActivity(await chat.activity.list(user)) };
  });
}
