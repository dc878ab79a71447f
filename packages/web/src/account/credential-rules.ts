/** What is wrong with a name or password before the server is asked. Pure. */
import { type Credentials, LIMITS, USERNAME_PATTERN } from '@parley/client';
import { strings } from '../strings.ts';

export interface CredentialProblems {
  readonly username?: string;
  readonly password?: string;
}

const USERNAME = new RegExp(USERNAME_PATTERN);

/** For a login only presence is checked: older accounts may have been made by other rules. */
export function loginProblems({ username, password }: Credentials): CredentialProblems {
  return {
    ...(username === '' ? { username: strings.account.usernameMissing } : {}),
    ...(password === '' ? { password: strings.account.passwordMissing } : {}),
  };
}

export function registerProblems({ username, password }: Credentials): CredentialProblems {
  const isUsername =
    username.length >= LIMITS.usernameLengthMin &&
    username.length <= LIMITS.usernameLengthMax &&
    USERNAME.test(username);
  const isPassword =
    password.length >= LIMITS.passwordLengthMin && password.length <= LIMITS.passwordLengthMax;
  return {
    ...(isUsername ? {} : { username: strings.account.usernameInvalid }),
    ...(isPassword ? {} : { password: strings.account.passwordInvalid }),
  };
}

export function hasProblem(problems: CredentialProblems): boolean {
  return problems.username !== undefined || problems.password !== undefined;
}
