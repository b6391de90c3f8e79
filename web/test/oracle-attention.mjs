// What people follow, what they are told of it, and how they want to be told.
import { language, moment } from './oracle-data.mjs';

/** The resolvers of follows and notifications. */
export function attention(world, { page, of, created, node, viewer, face, isReadable, isPublicProcess, isPublicCommitment, speaksOf, streamCursor }) {
  const { all, get } = world;

  // Following.
  const followers = ({ id }) => all('Follow', 'subject_id', id).filter(({ active }) => active);
  const followable = {
    followerCount: (row) => followers(row).length,
    viewerIsFollowing: (row, args, context) => followers(row).some(({ user_id }) => viewer(context) && user_id === context.viewer),
  };
  const isLeft = (row) => row.status === 'WITHDRAWN' || row.erased_at != null;

  // What a notification tells of: its items as far as everybody can see them now, or just its subject.
  const canBeSeen = (id) => (get(id)?.__typename === 'Comment' ? isReadable(get(id)) : node(id) != null);
  const items = (n) => n.items ?? [];
  const seen = (n) => items(n).filter(canBeSeen);
  const told = (person) => all('Notification', 'user_id', person).filter((n) => items(n).length === 0 || seen(n).length > 0);
  const actors = (n) => [...new Set(seen(n).map((id) => face(get(id))))].slice(0, 3);
  const count = (n) => Math.max(1, n.count - items(n).length + seen(n).length);
  const unreadCount = (person) => told(person).filter(({ read_at }) => read_at == null).length;

  const commitmentOf = (row) => ({ Commitment: row, Comment: get(row?.topic), Amendment: get(row?.commitment_id) })[row?.__typename];
  const title = (subject, asked, header) => {
    const commitment = commitmentOf(subject);
    if (isPublicCommitment(commitment)) {
      const texts = get(commitment.version_id).title;
      return texts[language(texts, get(commitment.process_id).languages, asked, header)];
    }
    if (isPublicProcess(subject)) return subject.title[language(subject.title, subject.languages, asked, header)];
    return subject?.erased_at == null ? subject?.name ?? '' : '';
  };
  const text = (n, { language: asked }, { languages }) => {
    const subject = get(n.subject_id);
    const header = `${get(n.user_id).language},${languages}`;
    const { sentences, words } = world.sayings[speaksOf(`${asked ?? ''},${header}`)];
    const status = commitmentOf(subject)?.status;
    const values = { count: count(n), actor: actors(n)[0]?.name || words.Somebody, title: title(subject, asked, header), status: words[status] };
    const said = sentences[n.kind][count(n) === 1 ? 'one' : 'more'].replace(/\{(\w+)\}/g, (placeholder, name) => values[name]);
    const isOutdated = (s) => s.user_id === n.user_id && s.version_id !== subject.version_id;
    const asks = n.kind === 'COMMITMENT_REVISED' && all('Support', 'commitment_id', subject.id).some(isOutdated);
    return asks ? `${said} ${words.Outdated}` : said;
  };

  return {
    Process: followable,
    Commitment: followable,
    User: followable,
    Organization: followable,
    Follow: { subject: (f) => get(f.subject_id) },
    Notification: {
      subject: (n) => node(n.subject_id),
      actors,
      count,
      text,
      url: (n) => `${world.site}/n/${n.subject_id}`,
    },
    Viewer: {
      following: (u, { kind, ...args }) => page(of('following', null, { kind }), all('Follow', 'user_id', u.id).filter((f) =>
        f.active && (kind == null || f.kind === kind) && node(f.subject_id) != null && !isLeft(get(f.subject_id))), created, args, { descending: true }),
      notifications: (u, { filter, ...args }) => page(of('notifications', null, filter), told(u.id).filter((n) =>
        (filter?.isUnread == null || (n.read_at == null) === filter.isUnread) && (filter?.kinds == null || filter.kinds.includes(n.kind))),
      (n) => [moment(n.updated_at)], args, { descending: true, unreadCount: unreadCount(u.id), streamCursor: streamCursor(u) }),
      notificationSettings: (u) => {
        const own = world.settings.find(({ id }) => id === u.id);
        return {
          mutedKinds: own?.muted ?? [],
          followsAutomatically: own ? own.follows_automatically ?? false : true,
          digest: own?.digest ?? 'NEVER',
          mailsMentions: own?.mails_mentions ?? false,
        };
      },
    },
  };
}
