/** A button that proves the identity with a passkey. Not there if the user has none for this address. */
import { beginPasskeyProof, type ChatClient, listPasskeys, proveWithPasskey } from '@parley/client';
import { useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { answerWithPasskey } from '../passkeys/browser-passkeys.ts';
import { findPasskeyOffer } from '../passkeys/offers-passkeys.ts';
import { passkeyProblem } from '../passkeys/passkey-problem.ts';
import { passkeyStrings as texts } from '../strings/passkey.ts';

interface PasskeyProofProps {
  readonly client: ChatClient;
  readonly onProved: () => void;
}

export function PasskeyProof({ client, onProved }: PasskeyProofProps) {
  const [isOffered, setIsOffered] = useState(false);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const ask = async (): Promise<void> => {
      if (await findPasskeyOffer(client.account)) {
        setIsOffered((await listPasskeys(client)).length > 0);
      }
    };
    // The password is still there.
    ask().catch(() => {});
  }, [client]);
  const prove = async (): Promise<void> => {
    setProblem(undefined);
    try {
      await proveWithPasskey(client, await answerWithPasskey(await beginPasskeyProof(client)));
      onProved();
    } catch (error) {
      setProblem(passkeyProblem(error));
    }
  };
  if (!isOffered) return null;
  return (
    <>
      <p>{texts.orPasskey}</p>
      <Button onClick={() => void prove()}>{texts.use}</Button>
      <p role="status">{problem}</p>
    </>
  );
}
