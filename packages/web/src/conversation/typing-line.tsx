/** Shows who is typing. Its height is reserved, so that nothing moves; it is not announced. */
import type { RoomId } from '@parley/client';
import { useChat, useSnapshot } from '../chat-context.ts';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { useShownNames } from '../people/use-shown-name.ts';
import { listStrings } from '../strings/list.ts';
import { SeenLine } from './seen-line.tsx';
import classes from './typing-line.module.css';

export default function TypingLine({ roomId }: { readonly roomId: RoomId }) {
  const { user } = useChat();
  const typing = useSnapshot((snapshot) => snapshot.typing);
  const people = useShownNames(
    typing.filter((typist) => typist.roomId === roomId && typist.userId !== user.id),
  );
  return (
    <p className={classes['line']}>
      {people.length > 0 && (
        <>
          <span className={classes['dots']} aria-hidden="true" />
          <BidiIsolate text={listStrings.typing(people)} names={people} />
        </>
      )}
      {people.length === 0 && <SeenLine roomId={roomId} />}
    </p>
  );
}
