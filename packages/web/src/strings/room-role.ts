/** Texts of the roles that members have in a room. */
export const roomRoleStrings = Object.freeze({
  inRoom: (role: string) => `${role} of this room`,
  appoint: 'Make moderator',
  dismiss: 'Remove as moderator',
  handOver: 'Make owner',
  handOverTitle: (name: string) => `Make ${name} the owner?`,
  handOverText: 'They decide about this room from now on, and you become a moderator of it.',
});
