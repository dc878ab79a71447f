/** Says why a person may, or may not, do something in a room: for those who manage the room. */
import { ChatError, explainPermission, type RoomId, type UserPayload } from '@parley/client';
import { useEffect, useId, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { messageStrings } from '../strings/message.ts';
import { type ExplainedCommand, roomRoleStrings as texts } from '../strings/room-role.ts';
import classes from './profile-pane.module.css';

interface PermissionExplainerProps {
  readonly roomId: RoomId;
  readonly person: UserPayload;
  readonly name: string;
}

const COMMANDS = Object.entries(texts.explained) as [ExplainedCommand, string][];

export function PermissionExplainer({ roomId, person, name }: PermissionExplainerProps) {
  const { client } = useChat();
  const [command, setCommand] = useState<ExplainedCommand>();
  const [answer, setAnswer] = useState<string>();
  const choiceId = useId();
  useEffect(() => {
    setAnswer(undefined);
    if (command === undefined) return;
    let isCurrent = true;
    const show = (text: string): void => {
      if (isCurrent) setAnswer(text);
    };
    explainPermission(client, roomId, { userId: person.id, command }).then(
      ({ allowed, reason }) => show(`${texts.decided(allowed)} ${reason}`),
      (error: unknown) => show(messageStrings.notDone(ChatError.from(error).code)),
    );
    return () => {
      isCurrent = false;
    };
  }, [client, roomId, person.id, command]);
  return (
    <div className={classes['explainer']}>
      <label htmlFor={choiceId}>{texts.explain(name)}</label>
      <select
        id={choiceId}
        value={command ?? ''}
        onChange={({ target }) => setCommand(COMMANDS.find(([each]) => each === target.value)?.[0])}
      >
        <option value="">{texts.chooseCommand}</option>
        {COMMANDS.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
      <p className={classes['text']} role="status">
        {answer}
      </p>
    </div>
  );
}
