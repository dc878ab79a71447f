/** Routes of passkeys: those of the user's own account, and the sign-in. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { Passkey } from '../../model/passkey.ts';
import type { Answer } from '../openapi/answer-records.ts';
import { userAgentOf } from '../request/client-info.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import type { RequestGuard } from '../request/request-guard.ts';
import { requireIdentity } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';
import { toPublicUser } from '../response/public-user.ts';

interface PasskeyRoutesOptions {
  readonly chat: Pick<Chat, 'passkeys'>;
  readonly requestGuard: RequestGuard;
  readonly requestAuthenticator: RequestAuthenticator;
}

const PATH = '/api/auth/passkeys';

export function addPasskeyRoutes(
  app: FastifyInstance,
  { chat: { passkeys }, requestGuard, requestAuthenticator }: PasskeyRoutesOptions,
): void {
  const identityOf = ({ raw }: FastifyRequest) => requireIdentity(requestAuthenticator, raw);

  app.get(PATH, async (request) => {
    const own = await passkeys.list(await identityOf(request));
    return { passkeys: own.map(toBody) };
  });
  app.post(`${PATH}/register/begin`, async (request) => ({
    options: await passkeys.beginAdding(await identityOf(request)),
  }));
  app.post(`${PATH}/register/finish`, async (request, reply) => {
    const identity = await identityOf(request);
    const passkey = await passkeys.add(identity, bodyOf(request, 'newPasskey'));
    reply.status(201);
    return { passkey: toBody(passkey) };
  });
  app.post(`${PATH}/login/begin`, async () => ({ options: passkeys.beginSignIn() }));
  app.post(`${PATH}/login/finish`, async (request, reply) => {
    const { raw } = request;
    const { response } = bodyOf(request, 'passkeyAnswer');
    const { address, isSecure } = requestGuard.clientInfoOf(raw);
    const limited = requestGuard.limitedAddressOf(raw);
    const client = { address, limited, userAgent: userAgentOf(raw) };
    const { user, started } = await passkeys.signIn(response, client);
    const { token, expiresAtMs } = started;
    reply.header('set-cookie', requestAuthenticator.cookie.write(token, { isSecure }));
    const expiresAt = new Date(expiresAtMs).toISOString();
    return { success: true, token, expiresAt, user: toPublicUser(user) };
  });
  app.post(`${PATH}/proof/begin`, async (request) => ({
    options: await passkeys.beginProof(await identityOf(request)),
  }));
  app.post(`${PATH}/proof/finish`, async (request) => {
    const identity = await identityOf(request);
    const { response } = bodyOf(request, 'passkeyAnswer');
    const untilMs = await passkeys.prove(identity, response);
    return { success: true, provedUntil: new Date(untilMs).toISOString() };
  });
  app.patch(`${PATH}/:id`, async (request) => {
    const { name } = bodyOf(request, 'passkeyName');
    await passkeys.rename(await identityOf(request), idOf(request), name);
    return { success: true };
  });
  app.delete(`${PATH}/:id`, async (request) => {
    await passkeys.remove(await identityOf(request), idOf(request));
    return { success: true };
  });
}

function idOf({ params }: FastifyRequest): string {
  return (params as { readonly id: string }).id;
}

function toBody({ id, name, createdAtMs, lastUsedAtMs }: Passkey): Answer<'passkey'> {
  return {
    ...{ id, name, createdAt: new Date(createdAtMs).toISOString() },
    ...(lastUsedAtMs !== undefined && { lastUsedAt: new Date(lastUsedAtMs).toISOString() }),
  };
}
