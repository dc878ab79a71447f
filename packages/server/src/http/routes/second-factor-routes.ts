/** Routes with which users set up and remove the second factor of their account. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Chat } from '../../domain/chat.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import { requireIdentity } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';

interface SecondFactorRoutesOptions {
  readonly chat: Pick<Chat, 'secondFactors'>;
  readonly requestAuthenticator: RequestAuthenticator;
}

const PATH = '/api/auth/totp';

export function addSecondFactorRoutes(
  app: FastifyInstance,
  { chat: { secondFactors }, requestAuthenticator }: SecondFactorRoutesOptions,
): void {
  const identityOf = ({ raw }: FastifyRequest) => requireIdentity(requestAuthenticator, raw);

  app.get(PATH, async (request) => {
    const recoveryCodes = await secondFactors.countRecoveryCodes(await identityOf(request));
    return { enabled: recoveryCodes !== undefined, recoveryCodes: recoveryCodes ?? 0 };
  });
  app.post(PATH, async (request) => {
    const identity = await identityOf(request);
    return secondFactors.start(identity, bodyOf(request, 'factorStart').password);
  });
  app.post(`${PATH}/confirm`, async (request) => {
    const identity = await identityOf(request);
    const { code } = bodyOf(request, 'factorCode');
    return { recoveryCodes: await secondFactors.confirm(identity, code) };
  });
  app.post(`${PATH}/recovery-codes`, async (request) => ({
    recoveryCodes: await secondFactors.renewRecoveryCodes(await identityOf(request)),
  }));
  app.delete(PATH, async (request) => {
    const identity = await identityOf(request);
    await secondFactors.remove(identity, bodyOf(request, 'factorEnd'));
    return { success: true };
  });
}
