/** Form that mails invitation links, each for one person. Absent if the server sends no mail. */
import { ChatError, type Invite, mailInvite, type RoomId, sendsMail } from '@parley/client';
import { type FormEvent, useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { withProof } from '../proof/with-proof.ts';
import { inviteStrings as texts } from '../strings/invite.ts';

interface MailInvitesProps {
  readonly roomIds?: readonly RoomId[];
  readonly onSent?: (invite: Invite) => void;
}

export function MailInvites({ roomIds, onSent }: MailInvitesProps) {
  const { client } = useChat();
  const [isOffered, setIsOffered] = useState(false);
  const [written, setWritten] = useState('');
  const [problem, setProblem] = useState<string>();
  const [sentCount, setSentCount] = useState(0);
  const [isBusy, setIsBusy] = useState(false);

  useEffect(() => {
    // Without an answer there is still the link.
    sendsMail(client).then(setIsOffered, () => {});
  }, [client]);

  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setProblem(undefined);
    setSentCount(0);
    const addresses = new Set(written.split(/[\s,;]+/).filter((each) => each !== ''));
    if (addresses.size === 0) return setProblem(texts.noAddress);
    setIsBusy(true);
    const rest = new Set(addresses);
    try {
      for (const email of addresses) {
        const invite = await withProof(client, () => mailInvite(client, email, roomIds));
        rest.delete(email);
        onSent?.(invite);
      }
    } catch (error) {
      const [first = ''] = rest;
      setProblem(texts.notMailed(first, ChatError.from(error).code));
    }
    // The others can be corrected and sent again.
    setWritten([...rest].join(', '));
    setSentCount(addresses.size - rest.size);
    setIsBusy(false);
  };

  if (!isOffered) return null;
  return (
    <form noValidate style={{ flexBasis: '100%' }} onSubmit={(event) => void send(event)}>
      <TextField
        label={texts.addresses}
        hint={texts.addressesHint}
        inputMode="email"
        autoComplete="off"
        value={written}
        problem={problem}
        onChange={({ target }) => setWritten(target.value)}
      />
      <Button type="submit" aria-disabled={isBusy}>
        {texts.mail}
      </Button>{' '}
      <span role="status">{sentCount > 0 && texts.mailed(sentCount)}</span>
    </form>
  );
}
