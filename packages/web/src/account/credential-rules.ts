/** Checks a username and password before they are sent to the server. Pure. */
import { type Credentials, LIMITS, USERNAME_PATTERN } from '@parley/client';
import { signInStrings } from '../strings/sign-in.ts';

export interface CredentialProblems {
  readonly username?: string;
  readonly password?: string;
}

const USERNAME = new RegExp(USERNAME_PATTERN);

/** A login checks only that both are present: older accounts may follow other rules. */
export function loginProblems({ username, password }: Credentials): CredentialProblems {
  return {
    ...(username === '' ? { username: signInStrings.usernameMissing } : {}),
    ...(password === '' ? { password: signInStrings.passwordMissing } : {}),
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
    ...(isUsername ? {} : { username: signInStrings.usernameInvalid }),
    ...(isPassword ? {} : { password: signInStrings.passwordInvalid }),
  };
}

export function hasProblem(problems: CredentialProblems): boolean {
  return problems.username !== undefined || problems.password !== undefined;
}
