/** Shows a link that lets people into a room, to copy. */
import { ChatError, createInvite, type RoomId } from '@parley/client';
import { useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { copyText } from '../copy-text.ts';
import { useChat } from '../hooks/chat-context.ts';
import { inviteStrings as texts } from '../strings/invite.ts';
import { strings } from '../strings/strings.ts';

interface InviteDialogProps {
  readonly roomId: RoomId;
  readonly name: string;
  readonly onClose: () => void;
}

export function InviteDialog({ roomId, name, onClose }: InviteDialogProps) {
  const { client } = useChat();
  const [url, setUrl] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const [isCopied, setIsCopied] = useState(false);

  useEffect(() => {
    let isCurrent = true;
    const create = async (): Promise<void> => {
      try {
        const invite = await createInvite(client, { roomIds: [roomId] });
        // The page knows its own address better than the server behind a proxy.
        if (isCurrent) setUrl(window.location.origin + new URL(invite.url).pathname);
      } catch (error) {
        if (isCurrent) setProblem(texts.notCreated(ChatError.from(error).code));
      }
    };
    void create();
    return () => {
      isCurrent = false;
    };
  }, [client, roomId]);

  const copy = async (): Promise<void> => {
    if (url === undefined) return;
    const isDone = await copyText(url);
    setIsCopied(isDone);
    setProblem(isDone ? undefined : texts.notCopied);
  };
  return (
    <Dialog
      title={texts.title(name)}
      names={[name]}
      text={texts.text}
      problem={problem}
      onClose={onClose}
    >
      {problem === undefined || url !== undefined ? (
        <div style={{ flexBasis: '100%' }}>
          <TextField
            label={texts.link}
            readOnly={true}
            value={url ?? ''}
            hint={url === undefined ? texts.creating : isCopied ? texts.copied : undefined}
            onFocus={({ target }) => target.select()}
          />
        </div>
      ) : null}
      <Button onClick={onClose}>{strings.close}</Button>
      <Button kind="primary" aria-disabled={url === undefined} onClick={() => void copy()}>
        {texts.copy}
      </Button>
    </Dialog>
  );
}
