/** Shows a link that lets people into a room, to copy. */
import { createInvite, type RoomId } from '@parley/client';
import { useChat } from '../chat-context.ts';
import { LinkDialog } from '../components/link-dialog.tsx';
import { withProof } from '../proof/with-proof.ts';
import { inviteStrings as texts } from '../strings/invite.ts';
import { MailInvites } from './mail-invites.tsx';

interface InviteDialogProps {
  readonly roomId: RoomId;
  readonly name: string;
  readonly onClose: () => void;
}

export function InviteDialog({ roomId, name, onClose }: InviteDialogProps) {
  const { client } = useChat();
  return (
    <LinkDialog
      title={texts.title(name)}
      names={[name]}
      text={texts.text}
      label={texts.link}
      create={() => withProof(client, () => createInvite(client, { roomIds: [roomId] }))}
      problemOf={texts.notCreated}
      onClose={onClose}
    >
      <MailInvites roomIds={[roomId]} />
    </LinkDialog>
  );
}
