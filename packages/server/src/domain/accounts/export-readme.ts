/** The README of an export. */

/** Data about a user that an export leaves out, by a short name: the reasons stand in the archive. */
export const LEFT_OUT: Readonly<Record<string, string>> = Object.freeze({
  secrets:
    'Passwords, keys of passkeys and of two-step sign-in, recovery codes, tokens of sessions and links: a reader of the archive could use them. The server stores most of them only in a form from which they cannot be computed.',
  derived:
    'Indexes, counters and limits that the server computes from what is here, such as unread messages, mentions and read positions of earlier minutes.',
  others:
    'Messages of other people outside of direct conversations, files that others have sent, reports by others about you, and bans of you that others note in rooms where you never were: they are data of these people too.',
  operator:
    'The audit log, imports, and notes that keep banned users from making new accounts: they belong to the operator of the server. Former usernames are stored only as a digest.',
  passing:
    'Mails that wait to be sent, files that no message has (deleted after a day), previews of links, and removals in progress: they are gone within days.',
  browser: 'Drafts and other things that only your browsers have: the server does not know them.',
  limits:
    'Files above 1 GiB together: the messages have their addresses. Of a reaction that very many people have, only the first people are known by name.',
});

export const EXPORT_README = `This archive has the data that the server stores about you.

Files that end with .json have one value, those that end with .jsonl one JSON object in each line. Times are in UTC.

profile.json        your account, its settings of privacy, and how you sign in
picture.webp        your picture, if you have one
sessions.json       where you are logged in
notices.json        sign-ins, and changes of how you sign in
saved.jsonl         messages that you have saved, with reminders
scheduled.jsonl     messages that wait for their time
threads.jsonl       threads that you follow
reports.jsonl       reports that you have made
warnings.json       warnings of moderators that you have not dismissed
blocked.json        users whom you have blocked
workspaces.json     your workspaces, with your roles
user-groups.json    groups whose mentions reach you
invitations.json    invitations that you have not answered
invite-links.json   links that you have made and that are still valid
custom-emoji.json   emoji that you have added to the server
rooms.jsonl         your rooms and direct conversations; "left" marks those that you have left or were removed from
messages/ID.jsonl   your messages in the room with this id, with their earlier texts; of a direct conversation that
                    you can read, the messages of both
reactions/ID.jsonl  your reactions there
files/ID            files that you have sent, or have scheduled; their names stand in the messages

Not in this archive:

${Object.values(LEFT_OUT)
  .map((reason) => `- ${reason}`)
  .join('\n')}
`;
