/**
 * Calls functions of the application, and reports errors that they throw or their promises reject
 * with. Promises of other realms (`node:vm`, Jest) and of libraries have classes of their own.
 */
import { format } from 'node:util';
import { argumentError } from '../protocol/errors.ts';

type HandleError = (error: unknown) => void;

/** Returns the result, or `undefined` if the function throws. `handleError` never throws. */
export function callApplication<Result>(
  call: () => Result,
  handleError: HandleError,
): Result | undefined {
  try {
    return reportRejection(call(), handleError);
  } catch (error) {
    handleError(error);
    return undefined;
  }
}

export function reportRejection<Result>(result: Result, handleError: HandleError): Result {
  if (isPromise(result)) Promise.resolve(result).catch(handleError);
  return result;
}

/** @throws {WebSocketError} `INVALID_ARGUMENT` if a function that must answer at once does not. */
export function requireAnswer<Result>(name: string, result: Result): Result {
  if (!isPromise(result)) return result;
  // The mistake is reported instead, whether the promise rejects or not.
  Promise.resolve(result).catch(() => {});
  throw argumentError(`${name} must not return a promise`);
}

/** For an error that there is no listener for. */
export function warn(error: unknown): void {
  process.emitWarning(toWarning(error));
}

/** Some values throw when they are looked at. */
function toWarning(error: unknown): Error | string {
  try {
    if (!(error instanceof Error)) return format('%s', error);
    // Node shows both later.
    return `${error.message}${error.stack}` ? error : error.name;
  } catch {
    return 'a value was thrown that cannot be shown';
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && typeof (value as Promise<unknown> | null)?.then === 'function'
  );
}
