/** Routes for workspaces and their channels. */
import { ChatError, type UserId, type WorkspaceId } from '@parley/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import { mayManageChannel } from '../../domain/workspaces/channels.ts';
import type { MemberRequest } from '../../domain/workspaces/workspace-members.ts';
import type { ListedRoom } from '../../model/listed-room.ts';
import { shownName, type User } from '../../model/user.ts';
import type { WorkspaceMember } from '../../model/workspace.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { pageOf, toListBody } from '../request/pagination.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireUser } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';
import { toWorkspaceBody } from '../response/workspace-body.ts';

interface WorkspaceRoutesOptions {
  readonly chat: Pick<Chat, 'roomIds' | 'workspaces' | 'workspaceMembers' | 'channels'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

export function addWorkspaceRoutes(app: FastifyInstance, options: WorkspaceRoutesOptions): void {
  const { chat, requestAuthenticator } = options;
  const { workspaces, workspaceMembers, channels } = chat;
  const userOf = ({ raw }: FastifyRequest) => requireUser(requestAuthenticator, raw);
  // Not verified here: the domain checks that the id exists.
  const idOf = <Id>({ params }: FastifyRequest): Id => (params as { readonly id: Id }).id;

  const memberRequestOf = (request: FastifyRequest): MemberRequest => {
    const { username, userId } = bodyOf(request, 'workspaceMember');
    const workspaceId = idOf<WorkspaceId>(request);
    if (userId !== undefined) return { workspaceId, userId: userId as UserId };
    if (username !== undefined) return { workspaceId, username };
    throw new ChatError('VALIDATION_ERROR', { field: 'username' });
  };

  app.get('/api/workspaces', async (request) => {
    const page = pageOf(request, ['after']);
    return toListBody(
      'workspaces',
      await workspaces.list(await userOf(request), page),
      toWorkspaceBody,
    );
  });
  app.post('/api/workspaces', async (request, reply) => {
    const user = await userOf(request);
    const { name } = bodyOf(request, 'workspace');
    const made = await workspaces.create(user, name);
    return reply.status(201).send({ workspace: toWorkspaceBody(made) });
  });
  app.patch('/api/workspaces/:id', async (request) => {
    const user = await userOf(request);
    const { name } = bodyOf(request, 'workspace');
    const workspaceId = idOf<WorkspaceId>(request);
    return { workspace: toWorkspaceBody(await workspaces.rename(user, { workspaceId, name })) };
  });

  app.get('/api/workspaces/:id/members', async (request) => {
    const user = await userOf(request);
    const { after, limit } = pageOf(request, ['after']);
    const members = await workspaceMembers.list(user, {
      workspaceId: idOf<WorkspaceId>(request),
      after: after as UserId | undefined,
      limit,
    });
    return toListBody('members', members, toMemberBody);
  });
  app.post('/api/workspaces/:id/members', async (request, reply) => {
    const user = await userOf(request);
    const { role = 'member' } = bodyOf(request, 'workspaceMember');
    const member = await workspaceMembers.set(user, { ...memberRequestOf(request), role });
    const body = toMemberBody(member);
    if (member.isInvited) return reply.status(202).send({ invitation: body });
    return reply.status(201).send({ member: body });
  });
  app.delete('/api/workspaces/:id/members', async (request) => {
    const user = await userOf(request);
    await workspaceMembers.remove(user, memberRequestOf(request));
    return { success: true };
  });

  app.get('/api/workspaces/:id/channels', async (request) => {
    const user = await userOf(request);
    const listed = await channels.list(
      user,
      idOf<WorkspaceId>(request),
      pageOf(request, ['after']),
    );
    return toListBody('channels', listed, (channel) => toChannelBody(channel, user));
  });
  app.post('/api/workspaces/:id/channels', async (request, reply) => {
    const user = await userOf(request);
    const workspaceId = idOf<WorkspaceId>(request);
    const channel = await channels.create(user, { workspaceId, ...bodyOf(request, 'channel') });
    return reply.status(201).send({ channel: toChannelBody(channel, user) });
  });
  app.patch('/api/channels/:id', async (request) => {
    const user = await userOf(request);
    const { name, archived } = bodyOf(request, 'channelChange');
    const channel = await channels.change(user, {
      roomId: await chat.roomIds.find({ user }, idOf<string>(request)),
      ...(name === undefined ? {} : { name }),
      ...(archived === undefined ? {} : { archived }),
    });
    return { channel: toChannelBody(channel, user) };
  });
}

function toMemberBody({ user, role }: WorkspaceMember): Answer<'workspaceMember'> {
  return { userId: user.id, username: user.username, ...shownName(user), role };
}

function toChannelBody(channel: ListedRoom, user: User): Answer<'channel'> {
  const { room, head, membership } = channel;
  return {
    id: room.id,
    workspaceId: room.workspaceId,
    name: room.name,
    visibility: room.visibility,
    ...(room.topic === undefined ? {} : { topic: room.topic }),
    canManage: mayManageChannel(user, channel),
    archived: room.archivedAtMs !== undefined,
    unreadCount: membership?.unread.unreadCount ?? 0,
    lastActivity: new Date(head.lastActivityAtMs).toISOString(),
    createdAt: new Date(room.createdAtMs).toISOString(),
  };
}
