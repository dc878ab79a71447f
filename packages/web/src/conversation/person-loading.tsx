/** The page of a person while its code is loading: what is written is the draft of the page. */
import { useRef } from 'react';
import { useChat } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { useKeptKeys } from '../components/typed-ahead.tsx';
import { PersonTitle } from '../people/person-title.tsx';
import { strings } from '../strings/strings.ts';
import { Composer } from './composer.tsx';

export function PersonLoading({ username }: { readonly username: string }) {
  const { names } = useChat();
  const composer = useRef<HTMLTextAreaElement>(null);
  const keep = useKeptKeys();
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <PersonTitle username={username} userId={names.idOf(username)} />
      </ColumnHeader>
      <Skeleton name={strings.conversation.joining} shape="messages" />
      <Composer
        ref={composer}
        draftKey={`people/${username.toLowerCase()}`}
        name={username}
        isDisabled={false}
        // The page sends it.
        onSend={() => {
          keep('Enter');
          return new Promise(() => {});
        }}
        problemOf={strings.error}
      />
    </>
  );
}
