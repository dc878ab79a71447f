/** Page for users who are not logged in: one form to log in or to create an account. */
import type { Credentials } from '@parley/client';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { strings } from '../strings.ts';
import {
  type CredentialProblems,
  hasProblem,
  loginProblems,
  registerProblems,
} from './credential-rules.ts';
import { sessionErrorOf } from './session-error.ts';
import classes from './sign-in-page.module.css';
import { signInStrings } from './sign-in-strings.ts';
import type { SessionActions } from './use-session.ts';

export interface SignInPageProps {
  readonly actions: SessionActions;
  /** Reason why the page is shown, if it is not obvious. */
  readonly note: string;
  /** Another way to log in. */
  readonly children?: ReactNode;
}

type Mode = 'log_in' | 'register';
type Field = keyof CredentialProblems;
type Problems = CredentialProblems & { readonly form?: string };

export default function SignInPage({ actions, note, children }: SignInPageProps) {
  const [mode, setMode] = useState<Mode>('log_in');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [problems, setProblems] = useState<Problems>({});
  const [isBusy, setIsBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const focusField = (name: Field): void => {
    form.current?.querySelector<HTMLInputElement>(`[name="${name}"]`)?.focus();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => focusField('username'), []);

  /** Submits the form in this mode; if nothing is filled in, only switches the form to it. */
  const submit = async (as: Mode): Promise<void> => {
    if (isBusy) return;
    const credentials: Credentials = { username: username.trim(), password };
    const isSwitch = as !== mode && credentials.username === '' && password === '';
    setMode(as);
    const found = as === 'log_in' ? loginProblems(credentials) : registerProblems(credentials);
    setProblems(isSwitch ? {} : found);
    if (isSwitch || hasProblem(found)) {
      focusField(isSwitch || found.username !== undefined ? 'username' : 'password');
      return;
    }
    setIsBusy(true);
    try {
      await (as === 'log_in' ? actions.logIn(credentials) : actions.register(credentials));
    } catch (error) {
      const { place, text } = sessionErrorOf(error);
      setProblems({ [place]: text });
      setIsBusy(false);
      if (place !== 'form') focusField(place);
    }
  };

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
          void submit(mode);
        }}
      >
        <img className={classes['mark']} src="/icon.svg" alt="" width="40" height="40" />
        <h1>{isRegistering ? signInStrings.registerTitle : signInStrings.logInTitle}</h1>
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
        <p className={classes['note']} role="alert">
          {problems.form ?? note}
        </p>
        <Button kind="primary" type="submit" aria-disabled={isBusy}>
          {nameOf(mode)}
        </Button>
        {children}
        <p className={classes['other']}>
          {isRegistering ? signInStrings.registered : signInStrings.newHere}
          <Button kind="quiet" aria-disabled={isBusy} onClick={() => void submit(other)}>
            {nameOf(other)}
          </Button>
        </p>
      </form>
    </main>
  );
}

function nameOf(mode: Mode): string {
  return mode === 'register' ? strings.account.register : strings.account.logIn;
}
