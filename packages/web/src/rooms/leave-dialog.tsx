/**
 * Asks for confirmation before a membership ends; then the room disappears from the list
 * on all devices of the user.
 */
import { ChatError, type RoomId } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { navigate } from '../hooks/use-route.ts';
import { HOME_PATH } from '../route.ts';
import { roomMenuStrings } from '../strings/room-menu.ts';
import { strings } from '../strings/strings.ts';

interface LeaveDialogProps {
  readonly roomId: RoomId;
  readonly name: string;
  readonly isGroup: boolean;
  readonly isPrivate: boolean;
  /** In the room: undefined for a member. */
  readonly role: 'owner' | 'moderator' | undefined;
  readonly onClose: () => void;
}

export function LeaveDialog({ roomId, name, isGroup, isPrivate, role, onClose }: LeaveDialogProps) {
  const { client } = useChat();
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const leave = async (): Promise<void> => {
    if (isBusy) return;
    setIsBusy(true);
    setProblem(undefined);
    try {
      await client.endMembership(roomId);
    } catch (error) {
      setProblem(roomMenuStrings.notLeft(ChatError.from(error).code));
      setIsBusy(false);
      return;
    }
    // Navigate before the room is forgotten: the page joins a room that its address
    // names.
    navigate(HOME_PATH);
    client.leaveRoom(roomId);
  };

  const textOf = (): string => {
    if (isGroup) return roomMenuStrings.groupText;
    const text = isPrivate ? roomMenuStrings.privateText : roomMenuStrings.text;
    return role === undefined ? text : `${text} ${roomMenuStrings.roleText(role)}`;
  };
  return (
    <Dialog
      title={roomMenuStrings.title(name)}
      names={[name]}
      text={textOf()}
      problem={problem}
      onClose={() => {
        if (!isBusy) onClose();
      }}
    >
      <Button onClick={onClose} aria-disabled={isBusy}>
        {strings.rooms.cancel}
      </Button>
      <Button kind="danger" aria-disabled={isBusy} onClick={() => void leave()}>
        {isGroup ? roomMenuStrings.leaveGroup : roomMenuStrings.leave}
      </Button>
    </Dialog>
  );
}
