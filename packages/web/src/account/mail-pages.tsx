/** Pages that go with mail: for a forgotten password, and for a link that confirms an e-mail address. */
import { type Account, ChatError, confirmEmail, requestPasswordReset } from '@parley/client';
import { type FormEvent, type ReactNode, useState } from 'react';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/text-field.tsx';
import { HOME_PATH } from '../route.ts';
import { useServer } from '../server-profile.ts';
import { mailStrings as texts } from '../strings/mail.ts';
import { ServerMark } from './server-mark.tsx';
import classes from './sign-in-page.module.css';

interface MailPageProps {
  readonly account: Account;
  /** Of the link; undefined for a forgotten password. */
  readonly token: string | undefined;
}

export default function MailPage({ account, token }: MailPageProps) {
  const [name, setName] = useState('');
  if (token === undefined) {
    return (
      <OneActionPage
        account={account}
        title={texts.forgotTitle}
        text={texts.forgotText}
        submit={texts.send}
        done={texts.sent}
        isReady={name.trim() !== ''}
        problems={{ FORBIDDEN: texts.noMail }}
        onSubmit={() => requestPasswordReset(account, name)}
      >
        <TextField
          label={texts.name}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus={true}
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
      </OneActionPage>
    );
  }
  return (
    <OneActionPage
      account={account}
      title={texts.confirmTitle}
      text={texts.confirmText}
      submit={texts.confirm}
      done={texts.confirmed}
      isReady={true}
      problems={{ NOT_FOUND: texts.invalid }}
      onSubmit={() => confirmEmail(account, token)}
    />
  );
}

interface OneActionPageProps {
  readonly account: Account;
  readonly title: string;
  readonly text: string;
  readonly submit: string;
  readonly done: string;
  readonly isReady: boolean;
  readonly problems: Partial<Record<ChatError['code'], string>>;
  /** @throws {ChatError} */
  readonly onSubmit: () => Promise<void>;
  readonly children?: ReactNode;
}

function OneActionPage(props: OneActionPageProps) {
  const [state, setState] = useState<'ready' | 'busy' | 'done'>('ready');
  const [problem, setProblem] = useState<string>();
  const { shownName } = useServer();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (state !== 'ready' || !props.isReady) return;
    setState('busy');
    setProblem(undefined);
    try {
      await props.onSubmit();
      setState('done');
    } catch (error) {
      setProblem(texts.problem(ChatError.from(error), props.problems));
      setState('ready');
    }
  };
  return (
    <main className={classes['page']}>
      <form className={classes['form']} noValidate onSubmit={(event) => void submit(event)}>
        <ServerMark account={props.account} />
        <h1>{props.title}</h1>
        <p role="status">{state === 'done' ? props.done : props.text}</p>
        {state !== 'done' && props.children}
        <p className={classes['note']} role="alert">
          {problem}
        </p>
        {state !== 'done' && (
          <Button kind="primary" type="submit" aria-disabled={state === 'busy' || !props.isReady}>
            {props.submit}
          </Button>
        )}
        <a href={HOME_PATH}>{texts.toApp(shownName)}</a>
      </form>
    </main>
  );
}
