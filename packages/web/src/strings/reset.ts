/** Texts of the page that sets a new password, outside of the first load. */
export const resetStrings = {
  title: 'Choose a new password',
  text: 'You are then logged in here, and logged out everywhere else.',
  password: 'New password',
  repeated: 'New password again',
  different: 'The two passwords are different.',
  save: 'Save password',
  invalid:
    'This link has expired, or was used or replaced. Ask an administrator of this server for another one.',
} as const;
