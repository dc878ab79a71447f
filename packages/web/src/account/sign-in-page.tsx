/** Page for users who are not logged in: one form to log in or to create an account. */
import type { Account, Credentials, UserPayload } from '@parley/client';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { useRoute } from '../hooks/use-route.ts';
import { offersPasskeys } from '../passkeys/offers-passkeys.ts';
import { FORGOT_PATH } from '../route.ts';
import { showServer, useServer } from '../server-profile.ts';
import { signInStrings } from '../strings/sign-in.ts';
import { strings } from '../strings/strings.ts';
import {
  type CredentialProblems,
  hasProblem,
  loginProblems,
  registerProblems,
} from './credential-rules.ts';
import { ProviderLinks } from './provider-links.tsx';
import { Registration } from './registration.ts';
import { ServerMark } from './server-mark.tsx';
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

/** Time until the server is asked again how users sign in. */
const RETRY_MS = 3_000;

type Mode = 'log_in' | 'register';
type Field = keyof CredentialProblems | 'code' | 'email';
type Problems = CredentialProblems & Partial<Readonly<Record<'form' | 'code' | 'email', string>>>;

export default function SignInPage({ account, actions, note, children }: SignInPageProps) {
  const route = useRoute();
  const invite = route.kind === 'invite' ? route.token : undefined;
  const [chosen, setMode] = useState<Mode>(invite === undefined ? 'log_in' : 'register');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  /** Of the second step of a login; undefined in the first one. */
  const [code, setCode] = useState<string>();
  const [email, setEmail] = useState('');
  /** An invite was not enough for the server. */
  const [needsEmail, setNeedsEmail] = useState(false);
  const [problems, setProblems] = useState<Problems>({});
  const [isBusy, setIsBusy] = useState(false);
  const [terms, setTerms] = useState(account.terms);
  const { registration, providers = [], passwordSignIn = true, emailDomains = [] } = terms ?? {};
  const [isOwner, setIsOwner] = useState(false);
  const server = useServer();
  const mayRegister =
    passwordSignIn &&
    registration !== 'closed' &&
    (registration !== 'invited' || invite !== undefined);
  const mode = mayRegister ? chosen : 'log_in';
  // Invites of administrators need none: the server says so.
  const asksEmail =
    mode === 'register' && (needsEmail || (emailDomains.length > 0 && invite === undefined));
  const accounts = useMemo(() => new Registration(account), [account]);
  const form = useRef<HTMLFormElement>(null);

  const focusField = (name: Field): void => {
    form.current?.querySelector<HTMLInputElement>(`[name="${name}"]`)?.focus();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => {
    focusField('username');
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    // Also if they are known: they may be those of the last start of the server. Until the answer the
    // form is offered: the server checks each registration.
    const ask = async (): Promise<void> => {
      const hasAnswer = await account.whoAmI().then(
        () => true,
        () => false,
      );
      if (isOver) return;
      if (hasAnswer) setTerms(account.terms);
      else timer = setTimeout(() => void ask(), RETRY_MS);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, []);

  useEffect(() => {
    if (terms?.server !== undefined) showServer(terms.server);
  }, [terms]);
  useEffect(() => {
    document.title = server.shownName;
  }, [server]);

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
          : accounts.register(credentials, invite, asksEmail ? email.trim() : undefined);
      actions.enter(await answer);
    } catch (error) {
      const { place, text } = sessionErrorOf(error, attempt);
      setIsBusy(false);
      if (place === 'code' && code === undefined) {
        setCode('');
        return;
      }
      if (place === 'email') setNeedsEmail(true);
      setProblems({ [place]: text });
      if (place !== 'form') focusField(place);
    }
  };

  /** @param chosen The answer of a passkey that the user has chosen in the list of the field. */
  const enterByPasskey = async (chosen?: object): Promise<void> => {
    if (isBusy) return;
    setProblems({});
    setIsBusy(true);
    const { signInByPasskey } = await import('./passkey-sign-in.ts').catch(() => ({
      signInByPasskey: async () => strings.error('UNAVAILABLE'),
    }));
    const signedIn = await signInByPasskey(account, chosen);
    if (typeof signedIn !== 'string') return actions.enter(signedIn);
    setProblems({ form: signedIn });
    setIsBusy(false);
  };

  useEffect(() => {
    if (isOwner) form.current?.querySelector<HTMLInputElement>('[name="username"]')?.focus();
  }, [isOwner]);
  useEffect(() => {
    if (code === '') form.current?.querySelector<HTMLInputElement>('[name="code"]')?.focus();
  }, [code]);

  const isRegistering = mode === 'register';
  const showsPassword = passwordSignIn || isOwner;
  const hasPasskeys = !isRegistering && showsPassword && offersPasskeys({ terms });
  const canChoose = hasPasskeys && code === undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: as long as there is the field
  useEffect(() => {
    // The browser has one dialog or list at a time.
    if (!canChoose || isBusy) return;
    const abort = new AbortController();
    import('./passkey-sign-in.ts')
      .then(({ offerPasskeys }) => offerPasskeys(account, abort.signal))
      .then((chosen) => (chosen === undefined ? undefined : enterByPasskey(chosen)))
      // The button is still there.
      .catch(() => {});
    return () => abort.abort();
  }, [account, canChoose, isBusy]);
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
        <ServerMark />
        <h1>{titleOf(code === undefined ? mode : 'code', server)}</h1>
        {code === undefined && showsPassword && (
          <>
            <TextField
              label={signInStrings.username}
              name="username"
              autoComplete={hasPasskeys ? 'username webauthn' : 'username'}
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
            {asksEmail && (
              <TextField
                label={signInStrings.email}
                name="email"
                type="email"
                autoComplete="email"
                value={email}
                onChange={(event) => setEmail(event.target.value)}
                hint={emailDomains.length > 0 ? signInStrings.emailHint(emailDomains) : undefined}
                problem={problems.email}
              />
            )}
          </>
        )}
        {code !== undefined && (
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
        {showsPassword && (
          <Button kind="primary" type="submit" aria-disabled={isBusy}>
            {nameOf(mode)}
          </Button>
        )}
        {code === undefined && passwordSignIn && !isRegistering && (
          <a href={FORGOT_PATH}>{signInStrings.forgot}</a>
        )}
        {code === undefined ? (
          children
        ) : (
          <Button kind="quiet" aria-disabled={isBusy} onClick={() => switchTo('log_in')}>
            {signInStrings.back}
          </Button>
        )}
        {code === undefined && hasPasskeys && (
          <div className={classes['providers']}>
            <Button aria-disabled={isBusy} onClick={() => void enterByPasskey()}>
              {signInStrings.passkey}
            </Button>
          </div>
        )}
        {code === undefined && providers.length > 0 && <ProviderLinks providers={providers} />}
        {code !== undefined ? null : !passwordSignIn ? (
          !isOwner && (
            <p className={classes['other']}>
              {signInStrings.forOwner}
              <Button kind="quiet" onClick={() => setIsOwner(true)}>
                {signInStrings.byPassword}
              </Button>
            </p>
          )
        ) : !mayRegister ? (
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
  return mode === 'register' ? signInStrings.register : signInStrings.logIn;
}

function titleOf(step: Mode | 'code', { name, shownName }: ReturnType<typeof useServer>): string {
  if (step === 'code') return signInStrings.codeTitle;
  return step === 'register'
    ? signInStrings.registerTitle(name)
    : signInStrings.logInTitle(shownName);
}
