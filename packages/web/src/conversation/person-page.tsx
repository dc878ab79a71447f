/**
 * A direct conversation that has not started: the first message creates it. As soon as it
 * exists, also because the other person wrote first, the page redirects to it.
 */
import type { ClientSnapshot, Member } from '@parley/client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Button } from '../components/button.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { useTypedAhead } from '../components/typed-ahead.tsx';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { navigate, redirect } from '../hooks/use-route.ts';
import { PersonTitle } from '../people/person-title.tsx';
import { useShownNames } from '../people/use-shown-name.ts';
import { HOME_PATH, roomPath } from '../route.ts';
import { peopleStrings } from '../strings/people.ts';
import { strings } from '../strings/strings.ts';
import { Composer } from './composer.tsx';

export default function PersonPage({ username }: { readonly username: string }) {
  const { client, user, drafts, names } = useChat();
  const isSelf = isSameName(username, user.username);
  const isWelcomed = useSnapshot((snapshot) => snapshot.user !== undefined);
  const roomId = useSnapshot((snapshot) => findConversation(snapshot, username));
  const person = useSnapshot((snapshot) => findPerson(snapshot, username));
  const [pathname] = useState(window.location.pathname);
  const [isSending, setIsSending] = useState(false);
  const composer = useRef<HTMLTextAreaElement>(null);
  // The draft has the text that was typed meanwhile. A touch keyboard would cover the page.
  useTypedAhead(() => {}, isTouchScreen() ? undefined : composer);
  const draftKey = `people/${username.toLowerCase()}` as const;

  useEffect(() => {
    if (roomId === undefined || isSending) return;
    // The conversation may have a draft of its own.
    const texts = [drafts.read(roomId), drafts.read(draftKey)].filter((text) => text !== '');
    drafts.write(roomId, texts.join('\n'));
    drafts.write(draftKey, '');
    redirect(pathname, roomPath(roomId));
  }, [roomId, isSending, drafts, draftKey, pathname]);

  const send = async (text: string): Promise<void> => {
    setIsSending(true);
    try {
      const begun = await client.sendDirect(username, text);
      drafts.clear(draftKey, text);
      redirect(pathname, roomPath(begun));
    } finally {
      setIsSending(false);
    }
  };

  const userId = person?.userId;
  const knownUsername = person?.username ?? username;
  const [name = username] = useShownNames(
    useMemo(() => [{ userId, username: knownUsername }], [userId, knownUsername]),
  );
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <PersonTitle username={knownUsername} userId={userId ?? names.idOf(username)} />
      </ColumnHeader>
      {isSelf && (
        <EmptyState title={peopleStrings.selfTitle} text={peopleStrings.selfText}>
          <Button kind="primary" onClick={() => navigate(HOME_PATH)}>
            {strings.rooms.back}
          </Button>
        </EmptyState>
      )}
      {!isSelf && (roomId !== undefined || !isWelcomed) && (
        <Skeleton name={strings.conversation.joining} shape="messages" />
      )}
      {!isSelf && roomId === undefined && isWelcomed && (
        <EmptyState
          title={<BidiIsolate text={strings.people.start(name)} names={[name]} />}
          text={peopleStrings.startText}
        />
      )}
      {!isSelf && roomId === undefined && (
        <Composer
          ref={composer}
          draftKey={draftKey}
          name={name}
          isDisabled={false}
          onSend={send}
          problemOf={(code, message) => peopleStrings.notSent(name, code, message)}
        />
      )}
    </>
  );
}

function findConversation({ conversations }: ClientSnapshot, username: string) {
  for (const { id, person } of conversations.values()) {
    if (person !== undefined && isSameName(person.username, username)) return id;
  }
  return undefined;
}

/** Searches the members of open rooms, where a click on a person usually comes from. */
function findPerson({ rooms }: ClientSnapshot, username: string): Member | undefined {
  for (const room of rooms.values()) {
    if (room.kind !== 'open') continue;
    for (const member of room.members.values()) {
      if (isSameName(member.username, username)) return member;
    }
  }
  return undefined;
}

/** Usernames are unique regardless of case. */
function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
