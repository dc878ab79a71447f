/**
 * Page for a link that names a room: opens the room if it exists. A link never creates a
 * room; the button on this page does.
 */
import type { ErrorCode } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Button } from '../components/button.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { navigate } from '../hooks/use-route.ts';
import { HOME_PATH, type Panel, roomPath } from '../route.ts';
import { browseStrings } from '../strings/browse.ts';
import { readOnlyStrings } from '../strings/read-only.ts';
import { strings } from '../strings/strings.ts';
import { joinWhenConnected } from './join-when-connected.ts';

interface NamedRoomPageProps {
  readonly name: string;
  readonly panel: Panel | undefined;
}

export default function NamedRoomPage({ name, panel }: NamedRoomPageProps) {
  const { client } = useChat();
  const [wanted, setWanted] = useState({ create: false });
  const [failure, setFailure] = useState<ErrorCode>();

  useEffect(
    () =>
      joinWhenConnected(
        client,
        { name, ...wanted },
        {
          onJoined: (roomId) => navigate(roomPath(roomId, panel), { replace: true }),
          onFailed: setFailure,
        },
      ),
    [client, name, panel, wanted],
  );

  const tryAgain = (): void => {
    setFailure(undefined);
    setWanted({ ...wanted });
  };

  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <h1>
          <bdi>{name}</bdi>
        </h1>
      </ColumnHeader>
      {failure === undefined ? (
        <Skeleton name={strings.conversation.joining} shape="messages" />
      ) : (
        <EmptyState
          title={
            failure === 'NOT_FOUND' ? (
              <BidiIsolate text={browseStrings.missingTitle(name)} names={[name]} />
            ) : (
              browseStrings.notOpened
            )
          }
          text={textOf(failure)}
        >
          {failure === 'NOT_FOUND' && (
            <Button
              kind="primary"
              aria-disabled={wanted.create}
              onClick={() => setWanted({ create: true })}
            >
              <BidiIsolate text={browseStrings.create(name)} names={[name]} />
            </Button>
          )}
          {failure !== 'NOT_FOUND' && failure !== 'VALIDATION_ERROR' && (
            <Button kind="primary" onClick={tryAgain}>
              {strings.tryAgain}
            </Button>
          )}
          <Button onClick={() => navigate(HOME_PATH)}>{strings.rooms.back}</Button>
        </EmptyState>
      )}
    </>
  );
}

function textOf(code: ErrorCode): string {
  if (code === 'NOT_FOUND') return browseStrings.missingText;
  if (code === 'UNAVAILABLE') return browseStrings.unreachable;
  if (code === 'CONFLICT') return browseStrings.conflict;
  return code === 'VALIDATION_ERROR' ? browseStrings.invalidName : readOnlyStrings.closed(code);
}
