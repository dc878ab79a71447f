/** Page in place of the chat, for a session that lacks what the server requires of sign-ins. */
import { type Account, type ChatClient, listPasskeys, type SignInProvider } from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { findPasskeyOffer } from '../passkeys/offers-passkeys.ts';
import { PasskeyProof } from '../proof/passkey-proof.tsx';
import { NewPasskey } from '../settings/passkey-settings.tsx';
import { TwoStepSteps } from '../settings/two-step-settings.tsx';
import { requiredStrings as texts } from '../strings/required-sign-in.ts';
import { strings } from '../strings/strings.ts';
import type { Visit } from './account-sessions.ts';
import { ConfirmationForm } from './confirmation-form.tsx';
import { ProviderLinks } from './provider-links.tsx';
import { ServerMark } from './server-mark.tsx';
import classes from './sign-in-page.module.css';
import type { RequiredSignIn } from './use-required-sign-in.ts';

interface RequiredSignInPageProps {
  readonly account: Account;
  readonly visit: Visit;
  readonly required: RequiredSignIn;
  /** The session may have what it lacked. */
  readonly onRetry: () => void;
  readonly onLogOut: () => Promise<void>;
}

export default function RequiredSignInPage({
  account,
  visit: { client, user },
  required,
  onRetry,
  onLogOut,
}: RequiredSignInPageProps) {
  const [providers, setProviders] = useState<readonly SignInProvider[]>([]);
  const [problem, setProblem] = useState('');
  /** The codes are shown once. */
  const showsCodes = useRef(false);

  useEffect(() => {
    // The page is of use without them.
    account.whoAmI().then(
      () => setProviders(account.terms?.providers ?? []),
      () => {},
    );
  }, [account]);
  useEffect(() => {
    // Another tab may have set it up.
    const look = (): void => {
      if (client.getSnapshot().connection.kind === 'open' && !showsCodes.current) onRetry();
    };
    return client.subscribe(look);
  }, [client, onRetry]);

  return (
    <main className={classes['page']}>
      <div className={classes['form']}>
        <ServerMark account={account} />
        <h1>{texts.title[required]}</h1>
        <p>{texts.text[required](user.username)}</p>
        {required === 'two-step' && (
          <FactorSteps
            client={client}
            onStep={(kind) => {
              showsCodes.current = kind === 'codes';
              if (kind === 'on') onRetry();
            }}
          />
        )}
        {required === 'email' && <ConfirmationForm client={client} onRetry={onRetry} />}
        {providers.length > 0 && required !== 'email' && (
          <>
            {required === 'two-step' && <p className={classes['aside']}>{texts.orProvider}</p>}
            <ProviderLinks providers={providers} />
          </>
        )}
        <Button
          kind="quiet"
          onClick={() => onLogOut().catch(() => setProblem(strings.error('UNAVAILABLE')))}
        >
          {texts.logOut}
        </Button>
        <p className={classes['note']} role="alert">
          {problem}
        </p>
      </div>
    </main>
  );
}

interface FactorStepsProps {
  readonly client: ChatClient;
  readonly onStep: NonNullable<Parameters<typeof TwoStepSteps>[0]['onStep']>;
}

/** The first factor of the user, or the passkey that the user has. */
function FactorSteps({ client, onStep }: FactorStepsProps) {
  const [has, setHas] = useState<{ readonly passkey: boolean; readonly offer: boolean }>();
  useEffect(() => {
    let isCurrent = true;
    const find = async (): Promise<void> => {
      const offer = await findPasskeyOffer(client.account);
      // The server decides: without its answer, the codes are offered.
      const passkeys = await listPasskeys(client).catch(() => []);
      if (isCurrent) setHas({ passkey: passkeys.length > 0, offer });
    };
    void find();
    return () => {
      isCurrent = false;
    };
  }, [client]);
  if (has === undefined) return null;
  const onDone = (): void => onStep('on');
  if (has.passkey) {
    return has.offer ? (
      <PasskeyProof client={client} onProved={onDone} />
    ) : (
      <p>{texts.passkeyElsewhere}</p>
    );
  }
  return (
    <>
      <TwoStepSteps client={client} onStep={onStep} />
      {has.offer && (
        <>
          <p className={classes['aside']}>{texts.orPasskey}</p>
          <NewPasskey client={client} onAdded={onDone} />
        </>
      )}
    </>
  );
}
