/** The role of a person in a room; those who may give roles change it here. */
import {
  ChatError,
  listMembers,
  ModerationApi,
  type RoomId,
  type RoomRole,
  readRoomSettings,
  type UserPayload,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { withProof } from '../proof/with-proof.ts';
import { memberStrings } from '../strings/members.ts';
import { messageStrings } from '../strings/message.ts';
import { roomRoleStrings as texts } from '../strings/room-role.ts';
import { PermissionExplainer } from './permission-explainer.tsx';
import classes from './profile-pane.module.css';
import { useLastRoleChange } from './use-last-role-change.ts';

interface RoomRoleActionsProps {
  readonly roomId: RoomId;
  readonly person: UserPayload;
  readonly name: string;
}

export function RoomRoleActions({ roomId, person, name }: RoomRoleActionsProps) {
  const { client } = useChat();
  const { role, mayChange, mayExplain, reload } = useRoomRole(roomId, person);
  const [isAsked, setIsAsked] = useState(false);
  const [problem, setProblem] = useState<string>();
  const explainer = mayExplain && (
    <PermissionExplainer roomId={roomId} person={person} name={name} />
  );
  if (role === undefined) return explainer;
  const give = async (given: RoomRole): Promise<void> => {
    await withProof(client, () => new ModerationApi(client).setRole(roomId, person.id, given));
    reload();
  };
  const toggle = async (): Promise<void> => {
    try {
      await give(role === 'member' ? 'moderator' : 'member');
      setProblem(undefined);
    } catch (error) {
      setProblem(messageStrings.notDone(ChatError.from(error).code));
    }
  };
  return (
    <>
      {role !== 'member' && (
        <p className={classes['role']}>{texts.inRoom(memberStrings.role[role])}</p>
      )}
      {mayChange && role !== 'owner' && (
        <>
          <Button kind="quiet" onClick={() => void toggle()}>
            {role === 'member' ? texts.appoint : texts.dismiss}
          </Button>
          <Button kind="quiet" onClick={() => setIsAsked(true)}>
            {texts.handOver}
          </Button>
        </>
      )}
      {problem !== undefined && (
        <p className={classes['role']} role="alert">
          {problem}
        </p>
      )}
      {explainer}
      {isAsked && (
        <FormDialog
          title={texts.handOverTitle(name)}
          names={[name]}
          text={texts.handOverText}
          submit={texts.handOver}
          problemOf={messageStrings.notDone}
          onSubmit={() => give('owner')}
          onClose={() => setIsAsked(false)}
        />
      )}
    </>
  );
}

/** `role` is undefined until it is known, and for a person who is not a member. */
function useRoomRole(roomId: RoomId, { id, username }: UserPayload) {
  const { client } = useChat();
  const [version, setVersion] = useState(0);
  const changedAtMs = useLastRoleChange(roomId);
  const [known, setKnown] = useState<{
    readonly role: RoomRole | undefined;
    readonly mayChange: boolean;
    readonly mayExplain: boolean;
  }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of roles loads it again.
  useEffect(() => {
    let isCurrent = true;
    // Without an answer the pane has no actions, as for users without the right.
    Promise.all([readRoomSettings(client, roomId), listMembers(client, roomId, { q: username })])
      .then(([room, { members }]) => {
        const role = members.find(({ userId }) => userId === id)?.role;
        const mayExplain = room.canManage === true;
        if (isCurrent) setKnown({ role, mayChange: room.canGiveRoles === true, mayExplain });
      })
      .catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [client, roomId, id, username, version, changedAtMs]);
  const { role, mayChange = false, mayExplain = false } = known ?? {};
  return { role, mayChange, mayExplain, reload: () => setVersion((current) => current + 1) };
}
