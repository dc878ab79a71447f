/** Texts of the sign-in page, outside of the first load. */
export const signInStrings = {
  logInTitle: 'Log in to Parley',
  registerTitle: 'Create your account',
  username: 'Username',
  usernameHint: '3 to 20 letters, digits, hyphens or underscores.',
  password: 'Password',
  newHere: 'New here?',
  registered: 'Already have an account?',
  usernameMissing: 'Enter your username.',
  usernameInvalid: 'Use 3 to 20 letters, digits, hyphens or underscores.',
  usernameTaken: 'This username is taken. Choose another.',
  passwordMissing: 'Enter your password.',
  passwordInvalid: 'Use 8 to 128 characters.',
  wrong: 'Wrong username or password.',
  closed: 'Registration is closed on this server. Ask the operator for an account.',
  passwordHint: '8 to 128 characters.',
} as const;
