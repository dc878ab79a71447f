/** Page for a link that lets people in: accepts it, and opens the first of its rooms. */
import { acceptInvite, ChatError, type ErrorCode } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { Button } from '../components/button.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { navigate } from '../hooks/use-route.ts';
import { HOME_PATH, roomPath } from '../route.ts';
import { inviteStrings as texts } from '../strings/invite.ts';
import { strings } from '../strings/strings.ts';

export default function InvitePage({ token }: { readonly token: string }) {
  const { client } = useChat();
  const [tries, setTries] = useState(1);
  const [failure, setFailure] = useState<ErrorCode>();

  // biome-ignore lint/correctness/useExhaustiveDependencies: again with each try
  useEffect(() => {
    let isCurrent = true;
    setFailure(undefined);
    acceptInvite(client, token)
      .then(([first]) => {
        // The history keeps no address with the token.
        if (isCurrent) navigate(first ? roomPath(first.id) : HOME_PATH, { replace: true });
      })
      .catch((error: unknown) => {
        if (isCurrent) setFailure(ChatError.from(error).code);
      });
    return () => {
      isCurrent = false;
    };
  }, [client, token, tries]);

  if (failure === undefined) return <Skeleton name={texts.joining} shape="messages" />;
  const isFinal = failure === 'NOT_FOUND' || failure === 'FORBIDDEN';
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <h1>{texts.notAccepted}</h1>
      </ColumnHeader>
      <EmptyState title={texts.notAccepted} text={textOf(failure)}>
        {!isFinal && (
          <Button kind="primary" onClick={() => setTries(tries + 1)}>
            {strings.tryAgain}
          </Button>
        )}
        <Button onClick={() => navigate(HOME_PATH, { replace: true })}>{strings.rooms.back}</Button>
      </EmptyState>
    </>
  );
}

function textOf(code: ErrorCode): string {
  if (code === 'NOT_FOUND') return texts.invalid;
  return code === 'FORBIDDEN' ? texts.banned : strings.error(code);
}
