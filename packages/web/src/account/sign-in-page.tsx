/** Page for users who are not logged in: one form to log in or to create an account. */
import type { Account, Credentials, UserPayload } from '@parley/client';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { useRoute } from '../hooks/use-route.ts';
import { FORGOT_PATH } from '../route.ts';
import { signInStrings } from '../strings/sign-in.ts';
import { strings } from '../strings/strings.ts';
import {
  type CredentialProblems,
  hasProblem,
  loginProblems,
  registerProblems,
} from './credential-rules.ts';
import { Registration } from './registration.ts';
import { sessionErrorOf } from './session-error.ts';
import classes from './sign-in-page.module.css';

interface SignInPageProps {
  readonly account: Account;
  readonly actions: { readonly enter: (user: UserPayload) => void };
  /** Reason why the page is shown, if it is not obvious. */
  readonly note: string;
  /** Another way to log in. */
  readonly children?: ReactNode;
}

type Mode = 'log_in' | 'register';
type Field = keyof CredentialProblems | 'code';
type Problems = CredentialProblems & { readonly form?: string; readonly code?: string };

export default function SignInPage({ account, actions, note, children }: SignInPageProps) {
  const route = useRoute();
  const invite = route.kind === 'invite' ? route.token : undefined;
  const [chosen, setMode] = useState<Mode>(invite === undefined ? 'log_in' : 'register');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  /** Of the second step of a login; undefined in the first one. */
  const [code, setCode] = useState<string>();
  const [problems, setProblems] = useState<Problems>({});
  const [isBusy, setIsBusy] = useState(false);
  const [registration, setRegistration] = useState(account.registration);
  const mayRegister =
    registration !== 'closed' && (registration !== 'invited' || invite !== undefined);
  const mode = mayRegister ? chosen : 'log_in';
  const accounts = useMemo(() => new Registration(account), [account]);
  const form = useRef<HTMLFormElement>(null);

  const focusField = (name: Field): void => {
    form.current?.querySelector<HTMLInputElement>(`[name="${name}"]`)?.focus();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => {
    focusField('username');
    // Without an answer the form is offered: the server checks each registration.
    const ask = async (): Promise<void> => {
      await account.whoAmI();
      setRegistration(account.registration);
    };
    if (registration === undefined) ask().catch(() => {});
  }, []);

  /** Keeps what is filled in, and sends nothing. */
  const switchTo = (next: Mode): void => {
    if (isBusy) return;
    setCode(undefined);
    setMode(next);
    setProblems({});
    focusField('username');
  };

  const submit = async (): Promise<void> => {
    if (isBusy) return;
    const credentials: Credentials = { username: username.trim(), password };
    const found = mode === 'log_in' ? loginProblems(credentials) : registerProblems(credentials);
    setProblems(found);
    if (hasProblem(found)) {
      focusField(found.username !== undefined ? 'username' : 'password');
      return;
    }
    if (code?.trim() === '') {
      setProblems({ code: signInStrings.codeMissing });
      focusField('code');
      return;
    }
    setIsBusy(true);
    const registering = invite === undefined ? 'register' : 'register by invite';
    const attempt = mode === 'log_in' ? 'log in' : registering;
    try {
      const answer =
        mode === 'log_in'
          ? account.logIn({ ...credentials, ...(code !== undefined && { code }) })
          : accounts.register(credentials, invite);
      actions.enter(await answer);
    } catch (error) {
      const { place, text } = sessionErrorOf(error, attempt);
      setIsBusy(false);
      if (place === 'code' && code === undefined) {
        setCode('');
        return;
      }
      setProblems({ [place]: text });
      if (place !== 'form') focusField(place);
    }
  };

  useEffect(() => {
    if (code === '') form.current?.querySelector<HTMLInputElement>('[name="code"]')?.focus();
  }, [code]);

  const isRegistering = mode === 'register';
  const other: Mode = isRegistering ? 'log_in' : 'register';
  return (
    <main className={classes['page']}>
      <form
        ref={form}
        className={classes['form']}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <img className={classes['mark']} src="/icon.svg" alt="" width="40" height="40" />
        <h1>{titleOf(code === undefined ? mode : 'code')}</h1>
        {code === undefined ? (
          <>
            <TextField
              label={signInStrings.username}
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              value={username}
              onChange={(event) => setUsername(event.target.value)}
              hint={isRegistering ? signInStrings.usernameHint : undefined}
              problem={problems.username}
            />
            <TextField
              label={signInStrings.password}
              name="password"
              type="password"
              autoComplete={isRegistering ? 'new-password' : 'current-password'}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              hint={isRegistering ? signInStrings.passwordHint : undefined}
              problem={problems.password}
            />
          </>
        ) : (
          <TextField
            label={signInStrings.code}
            name="code"
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            value={code}
            onChange={(event) => setCode(event.target.value)}
            hint={signInStrings.codeHint}
            problem={problems.code}
          />
        )}
        <p className={classes['note']} role="alert">
          {problems.form ?? note}
        </p>
        <Button kind="primary" type="submit" aria-disabled={isBusy}>
          {nameOf(mode)}
        </Button>
        {code === undefined && !isRegistering && <a href={FORGOT_PATH}>{signInStrings.forgot}</a>}
        {code === undefined ? (
          children
        ) : (
          <Button kind="quiet" aria-disabled={isBusy} onClick={() => switchTo('log_in')}>
            {signInStrings.back}
          </Button>
        )}
        {code !== undefined ? null : !mayRegister ? (
          <p className={classes['other']}>
            {registration === 'invited' ? signInStrings.invited : signInStrings.closed}
          </p>
        ) : (
          <p className={classes['other']}>
            {isRegistering ? signInStrings.registered : signInStrings.newHere}
            <Button kind="quiet" aria-disabled={isBusy} onClick={() => switchTo(other)}>
              {nameOf(other)}
            </Button>
          </p>
        )}
      </form>
    </main>
  );
}

function nameOf(mode: Mode): string {
  return mode === 'register' ? strings.account.register : strings.account.logIn;
}

function titleOf(step: Mode | 'code'): string {
  if (step === 'code') return signInStrings.codeTitle;
  return step === 'register' ? signInStrings.registerTitle : signInStrings.logInTitle;
}
