/** Cause and remedy of each error, for the reference: clients do not need them. */
import type { ErrorCode } from './errors.ts';

interface ErrorReference {
  readonly cause: string;
  readonly cure: string;
}

export const ERROR_REFERENCE: Readonly<Record<ErrorCode, ErrorReference>> = Object.freeze({
  INVALID_JSON: {
    cause: 'A frame or a request body could not be parsed.',
    cure: 'Send one JSON object.',
  },
  VALIDATION_ERROR: {
    cause: 'A field is missing, has the wrong type or exceeds a limit; `field` names it.',
    cure: 'Correct the field, then send the request again.',
  },
  UNKNOWN_TYPE: {
    cause: 'The server does not know this `type`.',
    cure: 'See the list of frames in the protocol reference.',
  },
  UNAUTHENTICATED: {
    cause: 'The request has no session or token, or it is unknown or has expired.',
    cure: 'Log in again.',
  },
  FORBIDDEN: {
    cause: 'The account does not have the permission, or the page has another origin.',
    cure: 'Ask a user who has the permission, or add the origin to `CORS_ORIGINS`.',
  },
  NOT_IN_ROOM: {
    cause: 'The room is not open on this connection.',
    cure: 'Send `join_room` or `resume` first.',
  },
  NOT_FOUND: {
    cause: 'The object does not exist, or the account may not see it.',
    cure: 'Check the id.',
  },
  CONFLICT: {
    cause: 'The name is taken, or the `clientMessageId` was used for another command.',
    cure: 'Choose another name or a new `clientMessageId`.',
  },
  RATE_LIMITED: {
    cause: 'Too many requests of this kind in a short time.',
    cure: 'Wait `retryAfter` seconds, then send the same request again.',
  },
  INTERNAL_ERROR: {
    cause: 'A bug in the server; its log has the details.',
    cure: 'Report it to the operator of the server.',
  },
  UNAVAILABLE: {
    cause: 'A part of the server is down or overloaded. The command may have been stored.',
    cure: 'Retry with the same `clientMessageId`: the server stores the command only once.',
  },
});
