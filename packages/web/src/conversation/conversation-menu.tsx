/**
 * Further actions on a conversation: mark it unread, choose its notifications, show its files, copy its
 * link, invite people, leave it, block the person.
 */
import {
  archiveRoom,
  ChatError,
  type Conversation,
  type NotificationLevel,
  notificationLevelOf,
  type RoomId,
  type RoomListEntry,
  type UserPayload,
} from '@parley/client';
import { useRef, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { FormDialog } from '../components/form-dialog.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { Menu } from '../components/menu.tsx';
import { copyText } from '../copy-text.ts';
import { navigate } from '../hooks/use-route.ts';
import AddPeopleDialog from '../people/add-people-dialog.tsx';
import { BlockDialog } from '../people/block-dialog.tsx';
import { InviteDialog } from '../rooms/invite-dialog.tsx';
import { LeaveDialog } from '../rooms/leave-dialog.tsx';
import { RoomDetailsDialog } from '../rooms/room-details-dialog.tsx';
import { isPermitted } from '../rooms/room-permissions.ts';
import { listedRoom } from '../rooms/shown-room-name.ts';
import { roomPath } from '../route.ts';
import { searchInRoom } from '../search/search-in-room.ts';
import { RestrictionsDialog } from '../settings/restrictions-dialog.tsx';
import { groupStrings } from '../strings/group.ts';
import { inviteStrings } from '../strings/invite.ts';
import { messageStrings } from '../strings/message.ts';
import { peopleStrings } from '../strings/people.ts';
import { restrictionStrings } from '../strings/restrictions.ts';
import { roomDetailsStrings } from '../strings/room-details.ts';
import { roomMenuStrings } from '../strings/room-menu.ts';
import { searchStrings } from '../strings/search.ts';
import { strings } from '../strings/strings.ts';
import { useConversationActions } from './conversation-actions.ts';
import classes from './conversation-header.module.css';

function addTextOf(kind: RoomListEntry['kind'] | undefined): string {
  return kind === 'channel' ? groupStrings.addToChannelText : groupStrings.addToRoomText;
}

interface ConversationMenuProps {
  readonly roomId: RoomId;
  readonly name: string;
  readonly kind: Conversation['kind'] | 'room';
  /** The other person of a direct conversation. */
  readonly person: UserPayload | undefined;
  readonly onJumpToDate: () => void;
}

const LEVELS: readonly NotificationLevel[] = ['all', 'mentions', 'nothing'];

export default function ConversationMenu(props: ConversationMenuProps) {
  const { roomId, name, kind, person, onJumpToDate } = props;
  const { client } = useChat();
  const { keepUnreadMark } = useConversationActions();
  const [isOpen, setIsOpen] = useState(false);
  const [isBlocking, setIsBlocking] = useState(false);
  const [isShowingDetails, setIsShowingDetails] = useState(false);
  const [isAdding, setIsAdding] = useState(false);
  const [isInviting, setIsInviting] = useState(false);
  const [isModerating, setIsModerating] = useState(false);
  const [isLeaving, setIsLeaving] = useState(false);
  const [isArchiving, setIsArchiving] = useState(false);
  const listed = useSnapshot(({ directory }) => listedRoom(directory, roomId));
  const isArchived = listed?.archived === true;
  const isPrivate = listed?.visibility === 'private';
  const mayInvite = isPermitted(listed, 'inviting');
  // People come into a public channel by way of its workspace.
  const isOpenable = listed?.kind === 'room' || (listed?.kind === 'channel' && isPrivate);
  const mayAdd = kind === 'group' || (isOpenable && mayInvite && !isArchived);
  const archive = async (to: boolean): Promise<void> => {
    await archiveRoom(client, roomId, to);
  };
  const unarchive = async (): Promise<void> => {
    try {
      await archive(false);
      setProblem(undefined);
    } catch (error) {
      setProblem(messageStrings.notDone(ChatError.from(error).code));
    }
  };
  const [problem, setProblem] = useState<string>();
  const opener = useRef<HTMLButtonElement>(null);
  const markUnread = async (): Promise<void> => {
    keepUnreadMark?.();
    try {
      await client.markUnread(roomId);
      setProblem(undefined);
    } catch (error) {
      setProblem(messageStrings.notDone(ChatError.from(error).code));
    }
  };
  const level = useSnapshot((snapshot) => notificationLevelOf(snapshot, roomId));
  const choose = async (chosen: NotificationLevel): Promise<void> => {
    try {
      await client.setNotificationLevel(roomId, chosen);
      setProblem(undefined);
    } catch (error) {
      setProblem(roomMenuStrings.notChosen(ChatError.from(error).code));
    }
  };
  return (
    <>
      <IconButton
        ref={opener}
        icon="more"
        name={roomMenuStrings.menu}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      />
      {problem !== undefined && (
        <span className={classes['problem']} role="alert">
          {problem}
        </span>
      )}
      {isOpen && (
        <Menu
          name={roomMenuStrings.menu}
          opener={opener}
          onClose={() => setIsOpen(false)}
          items={[
            { icon: 'unread', name: roomMenuStrings.markUnread, onSelect: () => void markUnread() },
            ...(kind === 'room'
              ? [
                  {
                    icon: isPrivate ? ('lock' as const) : ('hash' as const),
                    name: roomDetailsStrings.open,
                    onSelect: () => setIsShowingDetails(true),
                  },
                ]
              : []),
            {
              icon: 'search',
              name: searchStrings.inThis,
              onSelect: () => searchInRoom({ client }, roomId),
            },
            {
              icon: 'draft',
              name: roomMenuStrings.files,
              onSelect: () => navigate(roomPath(roomId, 'files')),
            },
            { icon: 'clock', name: strings.conversation.jumpToDate, onSelect: onJumpToDate },
            ...LEVELS.map((each) => ({
              icon: each === 'nothing' ? ('muted' as const) : ('bell' as const),
              name: roomMenuStrings.notifications[each],
              isChecked: each === level,
              onSelect: () => void choose(each),
            })),
            {
              icon: 'link',
              name: roomMenuStrings.copyLink,
              onSelect: () => void copyText(window.location.origin + roomPath(roomId)),
            },
            ...(mayAdd
              ? [
                  {
                    icon: 'person' as const,
                    name: groupStrings.addPeople,
                    onSelect: () => setIsAdding(true),
                  },
                ]
              : []),
            ...(kind !== 'direct' && listed?.canModerate === true
              ? [
                  {
                    icon: 'people' as const,
                    name: restrictionStrings.open,
                    onSelect: () => setIsModerating(true),
                  },
                ]
              : []),
            ...(kind === 'room' && listed?.canManage === true
              ? [
                  {
                    icon: 'archive' as const,
                    name: isArchived ? roomMenuStrings.unarchive : roomMenuStrings.archive,
                    onSelect: () => (isArchived ? void unarchive() : setIsArchiving(true)),
                  },
                ]
              : []),
            ...(kind === 'direct'
              ? []
              : [
                  ...(mayInvite
                    ? [
                        {
                          icon: 'people' as const,
                          name: inviteStrings.open,
                          onSelect: () => setIsInviting(true),
                        },
                      ]
                    : []),
                  {
                    icon: 'leave' as const,
                    name: kind === 'group' ? roomMenuStrings.leaveGroup : roomMenuStrings.leave,
                    isDanger: true,
                    onSelect: () => setIsLeaving(true),
                  },
                ]),
            ...(person === undefined
              ? []
              : [
                  {
                    icon: 'close' as const,
                    name: peopleStrings.block(person.username),
                    isDanger: true,
                    onSelect: () => setIsBlocking(true),
                  },
                ]),
          ]}
        />
      )}
      {isShowingDetails && (
        <RoomDetailsDialog roomId={roomId} name={name} onClose={() => setIsShowingDetails(false)} />
      )}
      {isAdding && (
        <AddPeopleDialog
          roomId={roomId}
          text={kind === 'group' ? groupStrings.addText : addTextOf(listed?.kind)}
          onClose={() => setIsAdding(false)}
        />
      )}
      {isInviting && (
        <InviteDialog roomId={roomId} name={name} onClose={() => setIsInviting(false)} />
      )}
      {isArchiving && (
        <FormDialog
          title={roomMenuStrings.archiveTitle(name)}
          names={[name]}
          text={roomMenuStrings.archiveText}
          submit={roomMenuStrings.archive}
          onSubmit={() => archive(true)}
          onClose={() => setIsArchiving(false)}
        />
      )}
      {isModerating && (
        <RestrictionsDialog roomId={roomId} onClose={() => setIsModerating(false)} />
      )}
      {isLeaving && (
        <LeaveDialog
          roomId={roomId}
          name={name}
          isGroup={kind === 'group'}
          isPrivate={isPrivate}
          role={listed?.role === 'member' ? undefined : listed?.role}
          onClose={() => setIsLeaving(false)}
        />
      )}
      {isBlocking && person !== undefined && (
        <BlockDialog person={person} onClose={() => setIsBlocking(false)} />
      )}
    </>
  );
}
