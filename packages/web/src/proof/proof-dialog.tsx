/** Asks for the password, and a code if the user has a second factor, before a dangerous act. */

import {
  type ChatClient,
  ChatError,
  goToProvider,
  type OwnProvider,
  proveIdentity,
  readOwnProviders,
} from '@parley/client';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Button } from '../components/button.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { TextField } from '../components/text-field.tsx';
import { currentAddress } from '../hooks/use-route.ts';
import { proofStrings as texts } from '../strings/proof.ts';
import { PasskeyProof } from './passkey-proof.tsx';

/** Above whatever is open, in a root of its own. Returns whether the user gave the proof. */
export function askForProof(client: ChatClient): Promise<boolean> {
  const root = createRoot(document.createElement('div'));
  return new Promise((resolve) => {
    let isProved = false;
    root.render(
      <ProofDialog
        client={client}
        onProved={() => {
          isProved = true;
        }}
        onClose={() => {
          root.unmount();
          resolve(isProved);
        }}
      />,
    );
  });
}

interface ProofDialogProps {
  readonly client: ChatClient;
  readonly onProved: () => void;
  readonly onClose: () => void;
}

function ProofDialog({ client, onProved, onClose }: ProofDialogProps) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  return (
    <FormDialog
      title={texts.title}
      text={texts.text}
      submit={texts.submit}
      isReady={password !== '' && (!needsCode || code.trim() !== '')}
      problemOf={texts.problem}
      onSubmit={async () => {
        try {
          await proveIdentity(client, needsCode ? { password, code } : { password });
        } catch (error) {
          if (ChatError.from(error).details.factor !== undefined) setNeedsCode(true);
          throw error;
        }
        onProved();
      }}
      onClose={onClose}
    >
      <TextField
        label={texts.password}
        type="password"
        autoComplete="current-password"
        autoFocus={true}
        value={password}
        onChange={({ target }) => setPassword(target.value)}
      />
      {needsCode && (
        <TextField
          label={texts.code}
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus={true}
          value={code}
          onChange={({ target }) => setCode(target.value)}
        />
      )}
      <PasskeyProof
        client={client}
        onProved={() => {
          onProved();
          onClose();
        }}
      />
      <ProviderProofs client={client} />
    </FormDialog>
  );
}

/** For accounts without a password, and others that are connected to a provider. */
function ProviderProofs({ client }: Pick<ProofDialogProps, 'client'>) {
  const [providers, setProviders] = useState<readonly OwnProvider[]>();
  const [hasPassword, setHasPassword] = useState(true);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    readOwnProviders(client).then(
      (own) => {
        setHasPassword(own.hasPassword);
        const proving = own.providers.filter((each) => each.connectedAt && each.canProve);
        setProviders(proving);
      },
      // The password is still there.
      () => {},
    );
  }, [client]);
  const go = async (name: string): Promise<void> => {
    try {
      const next = currentAddress();
      window.location.assign(await goToProvider(client, name, { next }));
    } catch (error) {
      const { code, details } = ChatError.from(error);
      setProblem(texts.problem(code, details));
    }
  };
  if (providers === undefined) return null;
  if (providers.length === 0) return hasPassword ? null : <p>{texts.signInAgain}</p>;
  return (
    <>
      <p>{texts.orProvider}</p>
      {providers.map(({ name, label }) => (
        <Button key={name} onClick={() => void go(name)}>
          {texts.continueWith(label)}
        </Button>
      ))}
      <p role="status">{problem}</p>
    </>
  );
}
