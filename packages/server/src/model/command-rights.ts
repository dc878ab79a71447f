/**
 * The right that each command needs. A new command of the table does not compile without an entry;
 * routes that are no commands are named by their operation.
 */
import type { ClientFrameType } from '@parley/protocol';
import type { LogCommand } from './log-command.ts';
import type { Right } from './role-table.ts';
import type { RoomPermission } from './room-permissions.ts';

export interface CommandNeed {
  /** Undefined: it concerns only the user, and every user may. */
  readonly right: Right | undefined;
  /** Of a command that is stored in the log of a room. */
  readonly kind?: LogCommand['kind'];
  /** Needed besides for messages of others. */
  readonly ofOthers?: Right;
  /** The room chooses who may. */
  readonly permission?: RoomPermission;
}

const OWN: CommandNeed = Object.freeze({ right: undefined });
const READ: CommandNeed = Object.freeze({ right: 'read' });
const TAKE_PART: CommandNeed = Object.freeze({ right: 'write' });
const MANAGE: CommandNeed = Object.freeze({ right: 'manage-room' });
const write = (kind: LogCommand['kind']): CommandNeed => ({ right: 'write', kind });

const COMMAND_RIGHTS: Readonly<Record<ClientFrameType | 'search_messages', CommandNeed>> = {
  chat_message: { ...write('message'), permission: 'posting' },
  edit_message: write('edit'),
  delete_message: { ...write('deletion'), ofOthers: 'delete-messages' },
  add_reaction: write('reaction-added'),
  remove_reaction: write('reaction-removed'),
  pin_message: { ...write('pin'), permission: 'pinning' },
  unpin_message: { ...write('unpin'), permission: 'pinning' },
  get_history: READ,
  get_thread: READ,
  get_link_previews: READ,
  get_pins: READ,
  get_room_files: READ,
  get_edit_history: READ,
  search_messages: OWN,
  list_threads: OWN,
  follow_thread: TAKE_PART,
  unfollow_thread: TAKE_PART,
  mark_thread_read: TAKE_PART,
  save_message: OWN,
  unsave_message: OWN,
  get_saved_messages: OWN,
  schedule_message: TAKE_PART,
  list_scheduled: OWN,
  change_scheduled: OWN,
  cancel_scheduled: OWN,
  direct_message: { right: 'write-to-all' },
  join_room: { right: 'join-rooms' },
  leave_room: TAKE_PART,
  get_rooms: OWN,
  get_members: READ,
  resume: TAKE_PART,
  user_typing: TAKE_PART,
  mark_read: TAKE_PART,
  mark_unread: TAKE_PART,
  set_notification_level: TAKE_PART,
  set_topic: MANAGE,
  create_room: { right: 'create-rooms' },
  get_room: READ,
  update_room: MANAGE,
  archive_room: MANAGE,
  unarchive_room: MANAGE,
  delete_room: { right: 'delete-room' },
  explain: MANAGE,
  create_group: { right: 'create-rooms' },
  create_user_group: { right: 'manage-user-groups' },
  update_user_group: { right: 'manage-user-groups' },
  delete_user_group: { right: 'manage-user-groups' },
  get_user_groups: { right: 'mention-user-groups' },
  get_user_group_members: { right: 'mention-user-groups' },
  get_custom_emoji: OWN,
  delete_custom_emoji: { right: 'manage-custom-emoji' },
  get_activity: OWN,
  decline_invitations: OWN,
  set_presence: OWN,
  report_activity: OWN,
  set_display_name: OWN,
  heartbeat: OWN,
  ping: OWN,
};

const OPERATION_RIGHTS: Readonly<Record<string, Right | CommandNeed>> = {
  addRoomMember: 'give-roles',
  removeRoomMember: 'remove-members',
  banUser: 'remove-members',
  liftBan: 'remove-members',
  listBans: 'remove-members',
  muteUser: 'remove-members',
  liftMute: 'remove-members',
  listMutes: 'remove-members',
  changeChannel: 'manage-room',
  createChannel: 'create-rooms',
  createWorkspace: 'create-workspaces',
  setRoomPicture: 'manage-room',
  removeRoomPicture: 'manage-room',
  addCustomEmoji: 'manage-custom-emoji',
  renameWorkspace: 'rename-workspace',
  setWorkspacePicture: 'rename-workspace',
  removeWorkspacePicture: 'rename-workspace',
  setWorkspaceMember: 'change-members',
  removeWorkspaceMember: 'change-members',
  createInvite: { right: 'create-invites', permission: 'inviting' },
  listAccounts: 'administer',
  changeAccount: 'administer',
  deleteAccount: 'administer',
  purgeUser: 'delete-messages',
  listReports: 'handle-reports',
  closeReport: 'handle-reports',
  disableAccount: 'administer',
  enableAccount: 'administer',
  createPasswordReset: 'administer',
  endSessionsOfUser: 'administer',
  listAuditEntries: 'administer',
  listConnections: 'administer',
};

/** By the name of a command or operation. */
export const NEEDS: ReadonlyMap<string, CommandNeed> = new Map<string, CommandNeed>([
  ...Object.entries(COMMAND_RIGHTS),
  ...Object.entries(OPERATION_RIGHTS).map(
    ([name, need]) => [name, typeof need === 'string' ? { right: need } : need] as const,
  ),
]);
