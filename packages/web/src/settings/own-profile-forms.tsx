/** Username and e-mail address of the own account. */
import { changeOwnProfile, LIMITS, type OwnProfile, readOwnProfile } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { TextField } from '../components/text-field.tsx';
import { withProof } from '../proof/with-proof.ts';
import { ownProfileStrings as texts } from '../strings/own-profile.ts';
import { SavedForm } from './saved-form.tsx';

export function UsernameForm() {
  const { client, user } = useChat();
  const [written, setWritten] = useState(user.username);
  return (
    <SavedForm
      submit={texts.saveUsername}
      problemOf={texts.usernameProblem}
      onSubmit={async () => {
        const username = written.trim();
        if (username === user.username) return;
        await withProof(client, () => changeOwnProfile(client, { username }));
        // The page knows its user from the start on.
        window.location.reload();
      }}
    >
      <TextField
        label={texts.username}
        hint={texts.usernameHint}
        value={written}
        minLength={LIMITS.usernameLengthMin}
        maxLength={LIMITS.usernameLengthMax}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required={true}
        onChange={({ target }) => setWritten(target.value)}
      />
    </SavedForm>
  );
}

export function EmailForm() {
  const { client } = useChat();
  const [profile, setProfile] = useState<OwnProfile>();
  const [written, setWritten] = useState<string>();
  useEffect(() => {
    let isCurrent = true;
    // Without an answer, the field is empty and can be saved.
    readOwnProfile(client)
      .then((read) => isCurrent && setProfile(read))
      .catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [client]);
  const { email: current, emailPending, emailConfirmed = false } = profile ?? {};
  const email = emailPending ?? current ?? '';
  const state =
    emailPending === undefined
      ? texts.emailState(emailConfirmed)
      : texts.emailPending(current ?? '');
  return (
    <SavedForm
      submit={texts.saveEmail}
      problemOf={texts.emailProblem}
      onSubmit={async () => {
        if (written === undefined) return;
        setProfile(await withProof(client, () => changeOwnProfile(client, { email: written })));
        setWritten(undefined);
      }}
    >
      <TextField
        label={texts.email}
        hint={email === '' ? texts.emailHint : state}
        type="email"
        value={written ?? email}
        autoComplete="email"
        onChange={({ target }) => setWritten(target.value)}
      />
    </SavedForm>
  );
}
