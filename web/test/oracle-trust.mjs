// Who is trusted with what, what they did with it, and how people sign in.
import { moment, sorted } from './oracle-data.mjs';

/** The resolvers of roles, the audit and identities. */
export function trust(world, { page, of, created, node, has }) {
  const { tables, all, get, providers } = world;
  const roles = (p) => sorted(all('Role', 'process_id', p.id), (r) => [...created(r), r.id]).filter((r) => get(r.user_id).erased_at == null);

  const mayRead = (e, u, context) => (e.process_id == null ? u.site_admin ?? false : has(context, e.process_id, 'ADMIN'));
  const matches = (filter) => (e) =>
    (filter.process == null || e.process_id === filter.process) &&
    (filter.actor == null || e.actor_id === filter.actor) &&
    (filter.subject == null || e.subject_id === filter.subject) &&
    (filter.act == null || e.act === filter.act) &&
    (filter.from == null || moment(e.created_at) >= moment(filter.from)) &&
    (filter.to == null || moment(e.created_at) < moment(filter.to));

  return {
    Query: { signInProviders: () => sorted(providers, ({ name }) => [name]), termsOfUse: () => null }, // the site has no terms
    Process: {
      steeringBody: (p) => roles(p).filter(({ name }) => name === 'STEERING').map((r) => get(r.user_id)),
      viewerRoleHolders: (p, args, context) => (has(context, p.id, 'ADMIN') ? sorted(roles(p), (r) => [r.name, ...created(r), r.id]) : []),
    },
    Role: { process: (r) => get(r.process_id), user: (r) => get(r.user_id) },
    AuditEntry: {
      actor: (e) => get(e.actor_id),
      reason: (e) => e.reason || get(e.details?.moderation)?.facts || '',
      subject: (e) => node(e.subject_id),
      process: (e) => get(e.process_id),
      details: ({ details = {} }) => Object.keys(details).sort().map((name) => ({ name, value: String(details[name]) })),
    },
    Identity: { provider: (i) => providers.find(({ issuer }) => issuer === i.issuer) ?? null, since: (i) => i.created_at },
    Viewer: {
      termsAcceptance: (u) => (u.terms_version ? { version: u.terms_version, acceptedAt: u.terms_accepted_at } : null),
      owesTerms: () => false,
      auditEntries: (u, { filter, ...args }, context) => page(of('auditEntries', null, filter),
        tables.AuditEntry.filter((e) => mayRead(e, u, context)).filter(matches(filter ?? {})), created, args, { descending: true }),
      identities: (u) => sorted(all('Identity', 'user_id', u.id), (i) => [...created(i), i.id]),
    },
  };
}
