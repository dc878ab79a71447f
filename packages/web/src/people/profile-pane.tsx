/** Profile of a user in the details column: presence, and what you can do. Loaded on the first use. */
import {
  ChatError,
  type ClientSnapshot,
  type RoomId,
  type UserId,
  type UserPayload,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { PanelFrame } from '../components/panel-frame.tsx';
import { absoluteTime } from '../format-time.ts';
import { navigate } from '../hooks/use-route.ts';
import { useIsServerModerator } from '../hooks/use-server-role.ts';
import { personPath } from '../route.ts';
import { deletionStrings } from '../strings/deletion.ts';
import { peopleStrings } from '../strings/people.ts';
import { reportStrings } from '../strings/reports.ts';
import { strings } from '../strings/strings.ts';
import { askForReport } from './ask-for-report.ts';
import { Avatar } from './avatar.tsx';
import { BlockDialog } from './block-dialog.tsx';
import { BotMark } from './bot-mark.tsx';
import { useUnusableAccount } from './person-state.tsx';
import classes from './profile-pane.module.css';
import { PurgeDialog } from './purge-dialog.tsx';
import { RemovalDialog } from './removal-dialog.tsx';
import { RestrictionDialog } from './restriction-dialog.tsx';
import { RoomRoleActions } from './room-role-actions.tsx';
import { useShownName } from './use-shown-name.ts';

interface ProfilePaneProps {
  readonly className: string | undefined;
  readonly roomId: RoomId;
  readonly username: string;
}

export default function ProfilePane({ className, roomId, username }: ProfilePaneProps) {
  const { user: self } = useChat();
  const person = usePerson(roomId, username);
  return (
    <PanelFrame
      className={className}
      title={peopleStrings.profileTitle}
      close={peopleStrings.closeProfile}
      roomId={roomId}
    >
      <div className={classes['body']}>
        {typeof person === 'string' ? (
          <p className={classes['status']}>{person}</p>
        ) : (
          <>
            <PersonSummary person={person} />
            {person.id !== self.id && <PersonActions roomId={roomId} person={person} />}
          </>
        )}
      </div>
    </PanelFrame>
  );
}

function PersonSummary({ person }: { readonly person: UserPayload }) {
  const presence = useSnapshot((snapshot) => snapshot.presence.get(person.id));
  const unusable = useUnusableAccount(person.id);
  const name = useShownName(person.id, person.username);
  return (
    <div className={classes['summary']}>
      <Avatar userId={person.id} name={name} size="huge" />
      <h2 className={classes['name']}>
        <bdi>{name}</bdi>
      </h2>
      {name !== person.username && (
        <p className={classes['status']}>
          <bdi>@{person.username}</bdi>
        </p>
      )}
      <BotMark userId={person.id} />
      {(unusable !== undefined || presence !== undefined) && (
        <p className={classes['status']}>
          {unusable?.status ?? strings.members.status[presence?.status ?? 'offline']}
        </p>
      )}
      {presence?.statusText !== undefined && (
        <p className={classes['text']} dir="auto">
          {presence.statusText}
        </p>
      )}
      {presence?.untilMs !== undefined && (
        <p className={classes['status']}>{peopleStrings.until(absoluteTime(presence.untilMs))}</p>
      )}
    </div>
  );
}

interface PersonActionsProps {
  readonly roomId: RoomId;
  readonly person: UserPayload;
}

function PersonActions({ roomId, person }: PersonActionsProps) {
  const [asked, setAsked] = useState<'block' | 'remove' | 'ban' | 'mute' | 'purge'>();
  const [purged, setPurged] = useState<string>();
  const name = useShownName(person.id, person.username);
  const canModerate = useSnapshot(({ directory }) =>
    directory.rooms.some(({ id, canModerate }) => id === roomId && canModerate === true),
  );
  const mayPurge = useIsServerModerator();
  const close = (): void => setAsked(undefined);
  return (
    <div className={classes['actions']}>
      <Button kind="primary" onClick={() => navigate(personPath(person.username))}>
        {peopleStrings.message(name)}
      </Button>
      <RoomRoleActions roomId={roomId} person={person} name={name} />
      <div className={classes['harsh']}>
        <Button kind="quiet" onClick={() => setAsked('block')}>
          {peopleStrings.block(name)}
        </Button>
        <Button
          kind="quiet"
          onClick={() => askForReport({ userId: person.id, username: person.username })}
        >
          {reportStrings.reportPerson(name)}
        </Button>
        {canModerate && (
          <>
            <Button kind="quiet" onClick={() => setAsked('mute')}>
              {peopleStrings.mute}
            </Button>
            <Button kind="quiet" onClick={() => setAsked('remove')}>
              {peopleStrings.remove}
            </Button>
            <Button kind="quiet" onClick={() => setAsked('ban')}>
              {peopleStrings.ban}
            </Button>
          </>
        )}
        {mayPurge && (
          <Button kind="quiet" onClick={() => setAsked('purge')}>
            {deletionStrings.purgeItem}
          </Button>
        )}
      </div>
      <p role="status" className={classes['role']}>
        {purged}
      </p>
      {asked === 'block' && <BlockDialog person={person} onClose={close} />}
      {asked === 'remove' && <RemovalDialog roomId={roomId} person={person} onClose={close} />}
      {asked === 'purge' && (
        <PurgeDialog person={{ id: person.id, name }} onPurged={setPurged} onClose={close} />
      )}
      {(asked === 'ban' || asked === 'mute') && (
        <RestrictionDialog roomId={roomId} person={person} kind={asked} onClose={close} />
      )}
    </div>
  );
}

/** The user with this name: known to this page, else as the server finds them; or a text instead. */
function usePerson(roomId: RoomId, username: string): UserPayload | string {
  const { client } = useChat();
  const isConnected = useSnapshot((snapshot) => snapshot.connection.kind === 'open');
  const [found, setFound] = useState<UserPayload | string>('');
  const knownId = useSnapshot((snapshot) => findId(snapshot, roomId, username));
  const isKnown = knownId !== undefined;
  useEffect(() => {
    if (isKnown || !isConnected) return;
    let isCurrent = true;
    client.account
      .findUsers([], [username])
      .then((users) => {
        const user = users.find((each) => isSameName(each.username, username));
        if (isCurrent) setFound(user ?? peopleStrings.unknown(username));
      })
      .catch((error) => isCurrent && setFound(strings.error(ChatError.from(error).code)));
    return () => {
      isCurrent = false;
    };
  }, [client, username, isKnown, isConnected]);
  return knownId === undefined ? found : { id: knownId, username };
}

function findId(
  { rooms, conversations }: ClientSnapshot,
  roomId: RoomId,
  username: string,
): UserId | undefined {
  for (const { person } of conversations.values()) {
    if (person !== undefined && isSameName(person.username, username)) return person.id;
  }
  const room = rooms.get(roomId);
  if (room?.kind !== 'open') return undefined;
  const member = [...room.members.values()].find((each) => isSameName(each.username, username));
  return (
    member?.userId ??
    room.log.messages.findLast(({ sender }) => isSameName(sender, username))?.userId
  );
}

/** Usernames are unique regardless of case. */
function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
