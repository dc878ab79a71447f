/** Texts of the roles that members have in a room. */
export const roomRoleStrings = Object.freeze({
  inRoom: (role: string) => `${role} of this room`,
  appoint: 'Make moderator',
  dismiss: 'Remove as moderator',
  handOver: 'Make owner',
  handOverTitle: (name: string) => `Make ${name} the owner?`,
  handOverText: 'They decide about this room from now on, and you become a moderator of it.',
  explain: (name: string) => `Why may ${name} …?`,
  chooseCommand: 'Choose an action',
  /** By the command that the server explains. */
  explained: {
    get_history: 'read the room',
    chat_message: 'write messages',
    delete_message: 'delete messages',
    pin_message: 'pin messages',
    update_room: 'change the settings of the room',
    removeRoomMember: 'remove members',
    banUser: 'ban people',
    createInvite: 'let people in',
    addRoomMember: 'give roles',
    delete_room: 'delete the room',
  },
  decided: (isAllowed: boolean) => (isAllowed ? 'Allowed.' : 'Not allowed.'),
});

export type ExplainedCommand = keyof typeof roomRoleStrings.explained;
