/** The whole matrix: the role of who acts, the role of the account, and the action. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ACCOUNT_ACTIONS,
  mayAdminister,
  mayListAccounts,
} from '../../src/model/administration-rules.ts';
import { ROLES } from '../../src/model/stored-role.ts';
import type { Role } from '../../src/model/user.ts';
import { user } from '../support/records.ts';

const of = (role: Role) => ({ ...user(role), role });

/** Of an owner, of an admin, and of all others. */
function rowOf(owner: string, admin: string, others: string): Readonly<Record<Role, string>> {
  return { owner, admin, moderator: others, member: others, guest: others };
}

/** Yes in the order of the actions: end sessions, rename, disable, enable, reset password, delete, make guest, member, moderator, admin, owner. */
const MATRIX: Readonly<Record<Role, Readonly<Record<Role, string>>>> = {
  owner: rowOf('yyyyy-yyyyy', 'yyyyyyyyyyy', 'yyyyyyyyyyy'),
  admin: rowOf('-----------', 'yyyy--yyy--', 'yyyyyyyyy--'),
  moderator: rowOf('-----------', '-----------', '-----------'),
  member: rowOf('-----------', '-----------', '-----------'),
  guest: rowOf('-----------', '-----------', '-----------'),
};
const ON_ONESELF: Readonly<Record<Role, string>> = {
  owner: 'yy---------',
  admin: 'yy---------',
  moderator: '-----------',
  member: '-----------',
  guest: '-----------',
};

const allowed = (may: (action: (typeof ACCOUNT_ACTIONS)[number]) => boolean) =>
  ACCOUNT_ACTIONS.map((action) => (may(action) ? 'y' : '-')).join('');

describe('the administration of accounts', () => {
  for (const role of ROLES) {
    for (const target of ROLES) {
      test(`by ${role} of ${target}`, () => {
        const [actor, account] = [of(role), of(target)];
        assert.equal(
          allowed((action) => mayAdminister(actor, action, account)),
          MATRIX[role][target],
        );
      });
    }
    test(`by ${role} of oneself`, () => {
      const actor = of(role);
      assert.equal(
        allowed((action) => mayAdminister(actor, action, actor)),
        ON_ONESELF[role],
      );
    });
    test(`by ${role} who is disabled`, () => {
      const actor = { ...of(role), disabledAtMs: 1 };
      for (const target of ROLES) {
        assert.equal(
          allowed((action) => mayAdminister(actor, action, of(target))),
          '-----------',
        );
      }
      assert.equal(mayListAccounts(actor), false);
    });
  }

  test('is nothing for a role or an action that the table does not have', () => {
    const unknown = { ...of('owner'), role: 'constructor' as Role };
    for (const action of ACCOUNT_ACTIONS) {
      assert.equal(mayAdminister(unknown, action, of('member')), false);
      assert.equal(mayAdminister(of('owner'), action, unknown), false);
    }
    assert.equal(mayAdminister(of('owner'), 'erase' as 'disable', of('member')), false);
  });

  test('shows the list to owners and admins', () => {
    assert.deepEqual(
      ROLES.map((role) => mayListAccounts(of(role))),
      [false, false, false, true, true],
    );
  });
});
