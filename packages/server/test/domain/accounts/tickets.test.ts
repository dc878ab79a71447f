import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Identity } from '../../../src/model/identity.ts';
import type { AccessTokens } from '../../../src/ports/access-tokens.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

/** Tickets that name their session openly. The second text of a ticket has another signature. */
const openTokens: AccessTokens = {
  issue: async ({ sessionKey, purpose }) => `${purpose}.${sessionKey}.signature`,
  async verify(token) {
    const [purpose, sessionKey] = token.split('.');
    if ((purpose !== 'ticket' && purpose !== 'connect') || sessionKey === undefined) {
      return { kind: 'refused', reason: 'malformed' };
    }
    return { kind: 'own', purpose, sessionKey };
  },
};

async function start() {
  const nodes = await TwoNodes.start({ accessTokens: openTokens });
  const { token } = await nodes.one.startSession(await nodes.one.userOf('alice'));
  const identity = await nodes.one.chat.sessions.authenticate(token);
  assert(identity !== undefined);
  const issue = async (of: Identity = identity) =>
    (await nodes.one.chat.tokenIssuer.issueTicket(of)).token;
  return { nodes, identity, issue };
}

describe('a ticket', () => {
  test('is redeemed once on all nodes, whatever its signature looks like', async () => {
    const { nodes, identity, issue } = await start();
    const ticket = await issue();
    const twin = ticket.replace('signature', 'another');

    const redeemed = await Promise.all(
      [ticket, twin, ticket].flatMap((each) =>
        [nodes.one, nodes.other].map(({ chat }) => chat.authenticator.redeemTicket(each)),
      ),
    );

    const found = redeemed.filter((each) => each !== undefined);
    assert.deepEqual(
      found.map(({ user, sessionKey, isConnectOnly }) => [
        user.username,
        sessionKey,
        isConnectOnly,
      ]),
      [['alice', identity.sessionKey, true]],
    );
  });

  test('is no token, and a token is no ticket', async () => {
    const { nodes, identity, issue } = await start();
    const { authenticator, tokenIssuer } = nodes.one.chat;

    assert.equal(await authenticator.authenticate(await issue()), undefined);
    const { token } = await tokenIssuer.issue(identity);
    assert.equal(await authenticator.redeemTicket(token), undefined);
  });

  test('is issued neither by a ticket or token nor for the token of another issuer', async () => {
    const { identity, issue } = await start();

    for (const over of [{ isConnectOnly: true }, { isFixed: true }] as const) {
      await assert.rejects(issue({ ...identity, ...over }), { code: 'FORBIDDEN' });
    }
  });

  test('is issued to a user at a limited rate', async () => {
    const { issue } = await start();
    for (let issued = 0; issued < 120; issued += 1) await issue();

    await assert.rejects(issue(), { code: 'RATE_LIMITED' });
  });
});
