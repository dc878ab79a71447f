/** Page after a sign-in with a provider: the new account to agree to, the code of an account, or the reason of a failure. */
import {
  type Account,
  ChatError,
  completeSignIn,
  type PendingSignIn,
  readPendingSignIn,
} from '@parley/client';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { HOME_PATH, parseRoute } from '../route.ts';
import { providerStrings as texts } from '../strings/provider-sign-in.ts';
import { signInStrings } from '../strings/sign-in.ts';
import { ServerMark } from './server-mark.tsx';
import { SessionLoading } from './session-loading.tsx';
import classes from './sign-in-page.module.css';

interface ProviderPageProps {
  readonly account: Account;
  /** `new`, `code`, or a reason. */
  readonly step: string;
}

export default function ProviderPage({ account, step }: ProviderPageProps) {
  const isPending = step === 'new' || step === 'code';
  const [pending, setPending] = useState<PendingSignIn>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    if (!isPending) return;
    readPendingSignIn(account)
      .then(setPending)
      .catch((error: unknown) => setFailure(texts.problem(ChatError.from(error), true)));
  }, [account, isPending]);

  const reason = isPending ? failure : texts.failed(step);
  if (reason !== undefined) {
    return (
      <Frame title={texts.failedTitle}>
        <p role="alert">{reason}</p>
        <a href={HOME_PATH}>{texts.back}</a>
      </Frame>
    );
  }
  if (pending === undefined) return <SessionLoading />;
  return <CompletionForm {...{ account, pending }} />;
}

function CompletionForm({
  account,
  pending: { label, needs, next, ...proposed },
}: {
  readonly account: Account;
  readonly pending: PendingSignIn;
}) {
  const isNew = needs === 'account';
  const [username, setUsername] = useState(proposed.username ?? '');
  const [displayName, setDisplayName] = useState(proposed.displayName ?? '');
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<ChatError>();
  const [isBusy, setIsBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    setProblem(undefined);
    const route = parseRoute(next);
    const invite = route.kind === 'invite' ? { invite: route.token } : {};
    try {
      await completeSignIn(account, isNew ? { username, displayName, ...invite } : { code });
      // A new document: another user may be logged in here.
      window.location.replace(isNew && route.kind === 'invite' ? HOME_PATH : next);
    } catch (error) {
      setProblem(ChatError.from(error));
      setIsBusy(false);
    }
  };

  const text = problem && texts.problem(problem, isNew);
  const isOfField = problem?.details.field === (isNew ? 'username' : 'code');
  const fieldProblem = isOfField ? text : undefined;
  return (
    <Frame title={isNew ? texts.newTitle : signInStrings.codeTitle} onSubmit={submit}>
      <p>{isNew ? texts.newText(label) : texts.codeText(label)}</p>
      {isNew ? (
        <>
          <TextField
            label={signInStrings.username}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus={true}
            value={username}
            onChange={({ target }) => setUsername(target.value)}
            hint={signInStrings.usernameHint}
            problem={fieldProblem}
          />
          <TextField
            label={texts.displayName}
            autoComplete="name"
            value={displayName}
            onChange={({ target }) => setDisplayName(target.value)}
            hint={texts.displayNameHint}
          />
        </>
      ) : (
        <TextField
          label={signInStrings.code}
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus={true}
          value={code}
          onChange={({ target }) => setCode(target.value)}
          hint={signInStrings.codeHint}
          problem={fieldProblem}
        />
      )}
      <p className={classes['note']} role="alert">
        {isOfField ? '' : text}
      </p>
      <Button kind="primary" type="submit" aria-disabled={isBusy}>
        {isNew ? texts.create : texts.continue}
      </Button>
      {isNew && <p className={classes['aside']}>{texts.haveAccount}</p>}
      <a href={HOME_PATH}>{texts.back}</a>
    </Frame>
  );
}

function Frame({
  title,
  onSubmit,
  children,
}: {
  readonly title: string;
  readonly onSubmit?: (event: FormEvent) => Promise<void>;
  readonly children: ReactNode;
}) {
  return (
    <main className={classes['page']}>
      <form
        className={classes['form']}
        noValidate
        onSubmit={(event) => void (onSubmit?.(event) ?? event.preventDefault())}
      >
        <ServerMark />
        <h1>{title}</h1>
        {children}
      </form>
    </main>
  );
}
