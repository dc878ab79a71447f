/** Applies a change to a message, and reports the error if it fails. */
import { ChatError, type ErrorCode, type MessageChange, type MessageTarget } from '@parley/client';
import { useState } from 'react';
import { useChat } from '../chat-context.ts';

interface MessageChanger {
  readonly change: (change: MessageChange) => void;
  readonly problem: ErrorCode | undefined;
}

export function useMessageChange(target: MessageTarget): MessageChanger {
  const { client } = useChat();
  const [problem, setProblem] = useState<ErrorCode>();
  const change = (wanted: MessageChange): void => {
    setProblem(undefined);
    client
      .changeMessage(target, wanted)
      .catch((thrown: unknown) => setProblem(ChatError.from(thrown).code));
  };
  return { change, problem };
}
