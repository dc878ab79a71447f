/** Checks the body of a request with the schema that the API description publishes for its route. */
import assert from 'node:assert/strict';
import type { HttpBody, HttpBodyName } from '@parley/protocol';
import type { FastifyRequest } from 'fastify';
import { validators } from '../lazy-validators.ts';
import { API_OPERATIONS } from '../openapi/api-operations.ts';

/**
 * A missing body is checked like an empty object, and rejected if a field is required.
 *
 * @throws {ChatError} VALIDATION_ERROR.
 */
export function bodyOf<N extends HttpBodyName>(
  { method, body, routeOptions }: FastifyRequest,
  name: N,
): HttpBody<N> {
  assert.equal(API_OPERATIONS[`${method} ${routeOptions.url}`]?.body, name);
  return validators().decodeHttpBody(name, body ?? {});
}
