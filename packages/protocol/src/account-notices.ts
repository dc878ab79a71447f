/** Kinds of notices about an account, which the other devices of its user get. */
export const ACCOUNT_NOTICE_KINDS = [
  'signed_in',
  'password_changed',
  'email_changed',
  'username_changed',
  'factor_added',
  'factor_removed',
  'recovery_codes_changed',
  'provider_connected',
  'provider_disconnected',
] as const;

export type AccountNoticeKind = (typeof ACCOUNT_NOTICE_KINDS)[number];
