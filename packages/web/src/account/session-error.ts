/** Text for a rejected login or registration, and the field that it belongs to. Pure. */
import { ChatError } from '@parley/client';
import { absoluteTime } from '../format-time.ts';
import { signInStrings } from '../strings/sign-in.ts';
import { strings } from '../strings/strings.ts';

interface SessionError {
  readonly place: 'form' | 'username' | 'password' | 'code' | 'email';
  readonly text: string;
}

const FORBIDDEN = Object.freeze({
  'log in': signInStrings.disabled,
  register: signInStrings.closed,
  'register by invite': signInStrings.inviteInvalid,
});

export function sessionErrorOf(thrown: unknown, attempt: keyof typeof FORBIDDEN): SessionError {
  if (!(thrown instanceof ChatError)) {
    return { place: 'form', text: strings.error('INTERNAL_ERROR') };
  }
  const { code, details } = thrown;
  switch (code) {
    case 'CONFLICT':
      return { place: 'username', text: signInStrings.usernameTaken };
    case 'UNAUTHENTICATED':
      return details.factor === undefined
        ? { place: 'form', text: signInStrings.wrong }
        : { place: 'code', text: signInStrings.codeWrong };
    case 'FORBIDDEN':
      if (details.required !== undefined) {
        return { place: 'form', text: signInStrings.providerRequired };
      }
      if (details.field === 'origin') return { place: 'form', text: signInStrings.barred };
      return { place: 'form', text: disabledText(details) ?? FORBIDDEN[attempt] };
    case 'RATE_LIMITED':
      return { place: 'form', text: strings.account.wait(details.retryAfterSeconds ?? 1) };
    case 'VALIDATION_ERROR':
      if (details.field === 'email') {
        // It names the domains.
        return { place: 'email', text: details.message ?? signInStrings.emailInvalid };
      }
      return details.field === 'password'
        ? { place: 'password', text: signInStrings.passwordInvalid }
        : { place: 'username', text: signInStrings.usernameInvalid };
    default:
      return { place: 'form', text: strings.error(code) };
  }
}

/** Undefined if the account has no end of it. */
function disabledText({ disabledUntil, reason = '' }: ChatError['details']): string | undefined {
  if (disabledUntil === undefined) return undefined;
  return signInStrings.disabledUntil(absoluteTime(Date.parse(disabledUntil)), reason);
}
