/** Texts of workspaces, outside of the first load. */
import { type ErrorCode, LIMITS } from '@parley/client';
import { avatarStrings } from './avatar.ts';
import { strings } from './strings.ts';

export const workspaceStrings = {
  people: (name: string) => `People of ${name}`,
  close: 'Close workspace',
  members: 'Members of the workspace',
  roles: { owner: 'owner', admin: 'admin', member: 'member' },
  add: 'Add',
  added: (name: string) => `${name} was added.`,
  invited: (name: string) => `${name} was invited, and must accept first.`,
  remove: 'Remove',
  removed: (name: string) => `${name} was removed.`,
  leave: 'Leave workspace',
  leaveTitle: (name: string) => `Leave ${name}?`,
  leaveText: 'You leave all its channels. A member must add you before you can return.',
  memberProblem: (code: ErrorCode) => {
    if (code === 'NOT_FOUND') return 'There is no user with this name.';
    return code === 'CONFLICT' ? 'A workspace needs an owner.' : strings.error(code);
  },
  more: 'Show more',
  channels: 'Channels',
  archived: 'archived',
  private: 'private',
  archive: 'Archive',
  unarchive: 'Unarchive',
  rename: 'Rename',
  renameOf: (name: string) => `Rename ${name}`,
  renameText: 'Links to the channel keep working.',
  noChannels: 'No channels yet.',
  newChannelIn: (name: string) => `New channel in ${name}`,
  channelName: 'Channel name',
  channelProblem: (code: ErrorCode) => {
    if (code === 'VALIDATION_ERROR') {
      return `Use letters or digits, and at most ${LIMITS.roomNameLengthMax} characters.`;
    }
    return code === 'CONFLICT' ? 'Another channel has this name.' : strings.error(code);
  },
  renameWorkspace: 'Rename workspace',
  renameWorkspaceText: 'All members see the new name.',
  workspaceProblem: (code: ErrorCode) =>
    code === 'VALIDATION_ERROR'
      ? 'The name is empty, too long, or mixes scripts.'
      : strings.error(code),
  picture: {
    ...avatarStrings,
    title: 'Workspace picture',
    close: 'Close workspace picture',
    hint: 'PNG, JPEG, GIF or WebP. All members see it beside the name.',
    saved: 'The picture is shown.',
    removed: 'The picture is removed.',
    cropTitle: 'Picture of the workspace',
    cropText: 'Move the picture with the sliders, or drag it.',
  },
  newWorkspace: 'New workspace',
  newWorkspaceText: 'A workspace has its own members and channels.',
  workspaceName: 'Workspace name',
  createWorkspace: 'Create workspace',
} as const;
