/** Whether the messages of a deleted account stay. */
import type { MessagesOfDeleted } from '@parley/client';
import { deletionStrings } from '../strings/deletion.ts';
import { RadioChoice } from './radio-choice.tsx';

const VALUES: readonly MessagesOfDeleted[] = ['keep', 'delete'];

export function MessagesChoice(props: {
  readonly current: MessagesOfDeleted;
  readonly onChoose: (messages: MessagesOfDeleted) => void;
}) {
  const { messages: names, messagesTitle } = deletionStrings;
  return <RadioChoice title={messagesTitle} names={names} values={VALUES} {...props} />;
}
