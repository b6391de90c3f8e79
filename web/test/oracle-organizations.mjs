// Organizations: who belongs to them, who is asked to, and what is signed in their names.
import { holds, moment, words } from './oracle-data.mjs';

/** The resolvers of organizations, invitations and signatures. */
export function organizations(world, { page, of, created, memberships, signsFor, isWithin, thread, isReadable, isPublicAmendment }) {
  const { tables, all, get, now } = world;
  const roleIn = (id, context) => memberships(context).find((m) => m.organization_id === id)?.role ?? null;
  const owns = (id, context) => roleIn(id, context) === 'OWNER';
  /** Nobody owns it any more: who administers the site stands in. */
  const standsIn = (id, context) => (get(context.viewer)?.site_admin ?? false)
    && !all('Membership', 'organization_id', id).some(({ role }) => role === 'OWNER');
  const isWaiting = (i) => i.state === 'OPEN' && moment(now) < moment(i.expires_at);
  const newest = { descending: true };

  const viewerSignatory = (row, args, context) => (row.organization_id != null && owns(row.organization_id, context)
    ? get(row.signatory_id ?? row.author_id) : null);
  const commentAuthorCounts = (subject) => {
    const signed = thread(subject).filter(isReadable).map(({ organization_id }) => organization_id != null);
    return { people: signed.filter((yes) => !yes).length, organizations: signed.filter((yes) => yes).length };
  };

  return {
    Query: {
      invitation: () => null, // tokens are in mails, and only their hashes in the tables
      organizations: (_, { filter, orderBy, ...args }) => {
        const { field, direction } = orderBy ?? { field: 'NAME', direction: 'ASC' };
        const list = tables.Organization.filter((g) =>
          (filter?.kind == null || g.kind === filter.kind) &&
          (filter?.territory == null || isWithin(get(g.territory_id), filter.territory)) &&
          (filter?.isVerified == null || (g.verified_at != null) === filter.isVerified) && holds(g.name, filter?.text));
        const keys = { NAME: (g) => [words(g.name).join(' ')], CREATED_AT: created }[field];
        return page(of(`organizations:${field}:${direction}`, null, filter), list, keys, args, { descending: direction === 'DESC' });
      },
    },
    Organization: {
      territory: (g) => get(g.territory_id),
      isVerified: ({ verified_at }) => verified_at != null,
      comments: (g, args) => page(of('signedComments', g), all('Comment', 'organization_id', g.id).filter(isReadable), created, args, newest),
      amendments: (g, args) => {
        const list = all('Amendment', 'organization_id', g.id).filter(isPublicAmendment);
        return page(of('signedAmendments', g), list, (a) => [moment(a.submitted_at)], args, { ...newest, anyState: list });
      },
      supports: (g, args) => page(of('signedSupports', g), all('Support', 'organization_id', g.id), created, args, newest),
      viewerRole: (g, args, context) => roleIn(g.id, context),
      viewerCanSign: (g, args, context) => signsFor(context).includes(g.id),
      viewerMembers: (g, args, context) =>
        page(of('members', g), roleIn(g.id, context) == null && !standsIn(g.id, context) ? [] : all('Membership', 'organization_id', g.id), created, args),
      viewerInvitations: (g, args, context) =>
        page(of('viewerInvitations', g), owns(g.id, context) || standsIn(g.id, context) ? all('Invitation', 'organization_id', g.id).filter(isWaiting) : [], created, args, newest),
    },
    Membership: { organization: (m) => get(m.organization_id), user: (m) => get(m.user_id) },
    Invitation: { organization: (i) => get(i.organization_id), invitee: (i) => get(i.user_id), inviter: (i) => get(i.inviter_id) },
    Viewer: {
      // Every address is confirmed: the site sends no mail.
      invitations: (u, args) => page(of('invitations'), tables.Invitation.filter((i) =>
        isWaiting(i) && (i.user_id === u.id || (i.email != null && i.email === u.email))), created, args, newest),
    },
    Commitment: { commentAuthorCounts },
    Amendment: { commentAuthorCounts, viewerSignatory },
    Comment: { viewerSignatory },
    Support: { viewerSignatory },
  };
}
