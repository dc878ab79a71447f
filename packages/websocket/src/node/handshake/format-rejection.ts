/** Rejections of the engine in a format of the application. */
import { argumentError } from '../../protocol/errors.ts';
import type { Rejection } from '../../protocol/handshake-rejection.ts';
import { requireAnswer } from '../call-application.ts';
import type { UpgradeHooks } from './upgrade-hooks.ts';
import { checkHeaderValue } from './upgrade-response.ts';

/** Returns the rejection unchanged without a hook, and if the hook fails, which `handleFailure` gets. */
export function formatRejection(
  rejection: Rejection,
  hook: UpgradeHooks['formatRejection'],
  handleFailure: (error: unknown) => void,
): Rejection {
  const { reason, status, headers, body: text } = rejection;
  if (hook === undefined || reason === 'authorize') return rejection;
  try {
    const formatted = requireAnswer('formatRejection', hook({ reason, status, headers, text }));
    const { body, contentType } = formatted;
    if (typeof body !== 'string') throw argumentError('the body of a rejection must be a string');
    checkHeaderValue('Content-Type', contentType);
    return { ...rejection, body, contentType };
  } catch (error) {
    handleFailure(error);
    return rejection;
  }
}
