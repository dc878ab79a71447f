/** Page for a link that sets a new password: a form with two fields. */
import { type Account, ChatError, LIMITS, resetPassword } from '@parley/client';
import { type FormEvent, useRef, useState } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { HOME_PATH } from '../route.ts';
import { resetStrings as texts } from '../strings/reset.ts';
import { signInStrings } from '../strings/sign-in.ts';
import { strings } from '../strings/strings.ts';
import { ServerMark } from './server-mark.tsx';
import classes from './sign-in-page.module.css';

interface ResetPageProps {
  readonly account: Account;
  readonly token: string;
}

interface Problems {
  readonly password?: string;
  readonly repeated?: string;
  readonly form?: string;
}

export default function ResetPage({ account, token }: ResetPageProps) {
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');
  const [problems, setProblems] = useState<Problems>({});
  const [isBusy, setIsBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const show = (found: Problems): void => {
    setProblems(found);
    const name = found.password === undefined ? 'repeated' : 'password';
    form.current?.querySelector<HTMLInputElement>(`[name="${name}"]`)?.focus();
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    const { passwordLengthMin: min, passwordLengthMax: max } = LIMITS;
    if (password.length < min || password.length > max) {
      show({ password: signInStrings.passwordInvalid });
      return;
    }
    if (password !== repeated) {
      show({ repeated: texts.different });
      return;
    }
    setProblems({});
    setIsBusy(true);
    try {
      await resetPassword(account, { token, password });
      // A new document: another user may be logged in here. The history keeps no address with the token.
      window.location.replace(HOME_PATH);
    } catch (error) {
      setProblems(problemsOf(ChatError.from(error)));
      setIsBusy(false);
    }
  };

  return (
    <main className={classes['page']}>
      <form
        ref={form}
        className={classes['form']}
        noValidate
        onSubmit={(event) => void submit(event)}
      >
        <ServerMark account={account} />
        <h1>{texts.title}</h1>
        <p>{texts.text}</p>
        <TextField
          label={texts.password}
          name="password"
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={({ target }) => setPassword(target.value)}
          hint={signInStrings.passwordHint}
          problem={problems.password}
        />
        <TextField
          label={texts.repeated}
          name="repeated"
          type="password"
          autoComplete="new-password"
          value={repeated}
          onChange={({ target }) => setRepeated(target.value)}
          problem={problems.repeated}
        />
        <p className={classes['note']} role="alert">
          {problems.form}
        </p>
        <Button kind="primary" type="submit" aria-disabled={isBusy}>
          {texts.save}
        </Button>
      </form>
    </main>
  );
}

function problemsOf({ code, details, message }: ChatError): Problems {
  switch (code) {
    case 'NOT_FOUND':
      return { form: texts.invalid };
    case 'FORBIDDEN':
      return { form: signInStrings.disabled };
    case 'VALIDATION_ERROR':
      return { password: message };
    case 'RATE_LIMITED':
      return { form: strings.account.wait(details.retryAfterSeconds ?? 1) };
    default:
      return { form: strings.error(code) };
  }
}
