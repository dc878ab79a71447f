/** Routes to join and leave a room, remove its members, and ban and mute users: the same commands as over a socket. */
import type { UserId } from '@parley/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { AccessLostReason } from '../../model/room-event.ts';
import type { RestrictedUser, RestrictionKind } from '../../model/room-member.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { roomIdOf } from '../request/room-id.ts';
import { bodyOf } from '../request/route-body.ts';

interface MembershipRemovalRoutesOptions {
  readonly chat: Pick<Chat, 'roomIds' | 'rooms' | 'memberships' | 'restrictions'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

interface MembershipParams {
  readonly userId: UserId;
}

export function addMembershipRemovalRoutes(
  app: FastifyInstance,
  options: MembershipRemovalRoutesOptions,
): void {
  const { chat, requestAuthenticator } = options;
  const userOf = ({ raw }: FastifyRequest) => requireUser(requestAuthenticator, raw);

  const end = (reason: AccessLostReason) => async (request: FastifyRequest) => {
    const user = await userOf(request);
    const roomId = await roomIdOf(chat, user, request);
    // Not verified here: the domain checks that the user exists.
    const { userId } = request.params as MembershipParams;
    await chat.memberships.end(user, { roomId, subjectId: userId ?? user.id, reason });
    return { success: true };
  };
  /** Not verified here: the domain checks that the user exists. */
  const subjectOf = async (request: FastifyRequest) => {
    const user = await userOf(request);
    const { userId } = request.params as MembershipParams;
    return { user, roomId: await roomIdOf(chat, user, request), subjectId: userId };
  };
  const list = (kind: RestrictionKind) => async (request: FastifyRequest) => {
    const page = pageOf(request, ['after']);
    const user = await userOf(request);
    const roomId = await roomIdOf(chat, user, request);
    const listed = await chat.restrictions.list(user, kind, { ...page, roomId });
    return toListBody(`${kind}s`, listed, toBody);
  };
  app.put('/api/rooms/:roomId/members/me', async (request) => {
    const user = await userOf(request);
    await chat.rooms.becomeMember(user, await roomIdOf(chat, user, request));
    return { success: true };
  });
  app.delete('/api/rooms/:roomId/members/me', end('left'));
  app.delete('/api/rooms/:roomId/members/:userId', end('removed'));
  app.put('/api/rooms/:roomId/bans/:userId', async (request) => {
    const { user, ...subject } = await subjectOf(request);
    const ban = bodyOf(request, 'ban');
    await chat.memberships.end(user, { ...subject, reason: 'banned', ban });
    return { success: true };
  });
  app.delete('/api/rooms/:roomId/bans/:userId', async (request) => {
    const { user, ...subject } = await subjectOf(request);
    await chat.memberships.liftBan(user, subject);
    return { success: true };
  });
  app.get('/api/rooms/:roomId/bans', list('ban'));
  app.put('/api/rooms/:roomId/mutes/:userId', async (request) => {
    const { user, ...subject } = await subjectOf(request);
    await chat.restrictions.mute(user, subject, bodyOf(request, 'mute'));
    return { success: true };
  });
  app.delete('/api/rooms/:roomId/mutes/:userId', async (request) => {
    const { user, ...subject } = await subjectOf(request);
    await chat.restrictions.liftMute(user, subject);
    return { success: true };
  });
  app.get('/api/rooms/:roomId/mutes', list('mute'));
}

function toBody(restricted: RestrictedUser): Answer<'restriction'> {
  const { user, untilMs, reason, createdBy, createdAtMs } = restricted;
  const { id: userId, username, displayName } = user;
  return {
    ...{ userId, username, displayName, reason, createdBy },
    createdAt: new Date(createdAtMs).toISOString(),
    ...(untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() }),
  };
}
