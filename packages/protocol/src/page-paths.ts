/** Beginnings of the addresses of links: the token follows, and the page shows what the link is for. */
export const PAGE_PATHS = Object.freeze({
  /** A link that lets people in. */
  invite: '/app/invite/',
  /** A link that confirms an e-mail address. */
  emailConfirmation: '/app/email/',
  /** The rest of a sign-in with a provider: a step, or the reason of a failure. */
  providerSignIn: '/app/oidc/',
  /** A link that sets a new password. */
  passwordReset: '/app/reset/',
});
