/** The requirement of the server that this sign-in does not meet, as the connection was told. */
import type { ChatClient, ChatError } from '@parley/client';
import { useEffect, useState } from 'react';

export type RequiredSignIn = NonNullable<ChatError['details']['required']>;

/** The second value tries again. */
export function useRequiredSignIn(
  client: ChatClient,
): readonly [RequiredSignIn | undefined, () => void] {
  const [required, setRequired] = useState<RequiredSignIn>();
  useEffect(() => {
    const look = (): void => {
      const { connection } = client.getSnapshot();
      // A running attempt still has the error of the last one.
      if (connection.kind !== 'waiting') return;
      const { details } = connection.outage.error ?? {};
      if (details?.required !== undefined) setRequired(details.required);
    };
    look();
    return client.subscribe(look);
  }, [client]);
  const retry = (): void => {
    client.tryNow();
    setRequired(undefined);
  };
  return [required, retry];
}
